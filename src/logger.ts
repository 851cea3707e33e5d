import type { Clock, LogFields, Logger } from "./contracts.ts";
import { visibleText } from "./visible_text.ts";

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** The logger that was given: `silent` is one that says nothing. */
export function loggerOf(given: Logger | "silent"): Logger {
  return given === "silent" ? silentLogger : given;
}

/** The console of the runtime, as far as it is needed. */
export interface ConsoleLike {
  warn(line: string): void;
  error(line: string): void;
}

/** The same again is told after this time. */
const QUIET_MS = 5 * 60_000;
/** So many kinds of lines are told apart: what messages are about is bounded, so more is a mistake. */
const KINDS_MAX = 200;

/** What was said of one thing. */
interface Said {
  readonly nextMs: number;
  /** Lines that were held back since. */
  hidden: number;
}

/**
 * Warnings and errors on the console, for an application that has said nothing of a logger:
 * who looks at nothing still learns what is lost. Each thing is told at once, and again every
 * five minutes while it lasts.
 */
export function consoleLogger(clock: Clock, out: ConsoleLike = console): Logger {
  const said = new Map<string, Said>();
  const log = (level: "warn" | "error") => (message: string, fields: LogFields = {}): void => {
    const key = `${message} ${fields["endpoint"] ?? ""} ${fields["metric"] ?? ""}`;
    const before = said.get(key);
    const nowMs = clock.monotonicMs();
    if (before !== undefined && nowMs < before.nextMs) {
      before.hidden += 1 + Number(fields["more_like_it"] ?? 0);
      return;
    }
    if (said.size >= KINDS_MAX) said.clear();
    said.set(key, { nextMs: nowMs + QUIET_MS, hidden: 0 });
    const more = Number(fields["more_like_it"] ?? 0) + (before?.hidden ?? 0);
    out[level](lineOf(message, { ...fields, more_like_it: more || undefined }));
  };
  return { ...silentLogger, warn: log("warn"), error: log("error") };
}

/** Quotes keep what others wrote from looking like a line of its own. */
function lineOf(message: string, fields: LogFields): string {
  const told = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      ` ${name}=${typeof value === "string" ? JSON.stringify(value) : value}`
    );
  return visibleText(`walq: ${message}${told.join("")}`);
}
