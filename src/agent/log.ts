import type { Clock, LogFields, Logger } from "../contracts.ts";
import { visibleText } from "../visible_text.ts";
import type { Remark } from "./config/problems.ts";

export type LogFormat = "logfmt" | "json";

/** From the least important to the most. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line a message that is at least of this level, for people (logfmt) or for programs (json). */
export function createLogger(
  write: (line: string) => void,
  format: LogFormat,
  clock: Clock,
  least: LogLevel = "info",
): Logger {
  const log = (level: LogLevel) => (message: string, fields: LogFields = {}): void => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    const time = new Date(clock.nowMs()).toISOString();
    const all = { time, level, msg: message, ...fields };
    write(visibleText(format === "json" ? JSON.stringify(all) : formatLogfmt(all)));
  };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

/** What is to be said of a configuration, a line each. */
export function logRemarks(remarks: readonly Remark[], logger: Logger): void {
  for (const { level, place, key, message } of remarks) logger[level](message, { key, place });
}

/** The line of a log that has lost some. */
export function lostLine(format: LogFormat, clock: Clock, lines: number): string {
  let told = "";
  createLogger((line) => told = line, format, clock).warn("lines of the log were lost", { lines });
  return told;
}

/** `key=value`, in quotes where it would not be told apart otherwise. */
function formatLogfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${quote(String(value))}`)
    .join(" ");
}

/** Line breaks and control characters must not forge a line. */
function quote(value: string): string {
  return /^[\x21\x23-\x3c\x3e-\x7e]+$/.test(value) ? value : JSON.stringify(value);
}
