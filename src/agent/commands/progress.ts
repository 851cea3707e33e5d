import type { Clock } from "../../contracts.ts";
import { formatDuration } from "../../duration.ts";
import type { AgentHost } from "../host.ts";
import { shownBytes, shownCount } from "./text_table.ts";

/** A bar on a terminal is drawn again no sooner than that. */
const DRAW_MS = 100;
/** Without a terminal there is a line now and then. */
const LINE_MS = 10_000;
const BAR_MAX = 40;

/** What is being worked through. */
export interface ProgressOptions {
  /** A verb and its object: "verifying". */
  readonly what: string;
  /** All that there is to do, where that is known. */
  readonly total?: number | undefined;
  readonly unit: "bytes" | "files" | "signals" | "windows";
}

/**
 * Tells on standard error how far something is: as a bar on a terminal, as plain lines without
 * one. It has no timer: who works calls it, however often.
 */
export class Progress {
  readonly #host: Pick<AgentHost, "print" | "columnsOf">;
  readonly #clock: Clock;
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  readonly #columns: number | undefined;
  #toldMs: number;
  #done = 0;
  #isDrawn = false;

  constructor(
    host: Pick<AgentHost, "print" | "columnsOf"> & { readonly platform: { readonly clock: Clock } },
    options: ProgressOptions,
  ) {
    this.#host = host;
    this.#clock = host.platform.clock;
    this.#options = options;
    this.#columns = host.columnsOf("stderr");
    this.#startMs = this.#clock.monotonicMs();
    this.#toldMs = this.#startMs;
  }

  /** So much more is done. */
  async advance(by: number): Promise<void> {
    this.#done += by;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < (this.#columns === undefined ? LINE_MS : DRAW_MS)) return;
    this.#toldMs = nowMs;
    await this.#tell(nowMs);
  }

  /** Takes the bar away: what comes next has the line for itself. */
  async end(): Promise<void> {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    await this.#print("\r\x1b[K");
  }

  async #tell(nowMs: number): Promise<void> {
    const elapsedMs = nowMs - this.#startMs;
    if (this.#columns === undefined) {
      await this.#print(`${progressText(this.#options, this.#done, elapsedMs)}\n`);
      return;
    }
    this.#isDrawn = true;
    await this.#print(
      `\r${progressBar(this.#options, this.#done, elapsedMs, this.#columns)}\x1b[K`,
    );
  }

  /** What goes on must not end because nobody can be told of it. */
  async #print(text: string): Promise<void> {
    await this.#host.print("stderr", text).catch(() => {});
  }
}

/** "verifying: 1.2 GiB of 2.0 GiB (60%), 34s, 23s left" */
export function progressText(
  { what, total, unit }: ProgressOptions,
  done: number,
  elapsedMs: number,
): string {
  const show = unit === "bytes" ? shownBytes : (value: number) => `${shownCount(value)} ${unit}`;
  const seconds = (ms: number): string => formatDuration(Math.round(ms / 1000) * 1000);
  const whole = total === undefined || total <= 0 ? undefined : Math.max(total, done);
  const share = whole === undefined ? undefined : done / whole;
  const parts = [
    `${what}: ${show(done)}${whole === undefined ? "" : ` of ${show(whole)}`}` +
    (share === undefined ? "" : ` (${Math.floor(share * 100)}%)`),
    seconds(elapsedMs),
  ];
  if (share !== undefined && share > 0 && share < 1) {
    parts.push(`${seconds(elapsedMs / share - elapsedMs)} left`);
  }
  return parts.join(", ");
}

/** The same behind a bar, in one line of the terminal. */
export function progressBar(
  options: ProgressOptions,
  done: number,
  elapsedMs: number,
  columns: number,
): string {
  const text = progressText(options, done, elapsedMs);
  const room = Math.min(BAR_MAX, columns - text.length - 4);
  const { total } = options;
  if (total === undefined || total <= 0 || room < 10) {
    return text.slice(0, Math.max(0, columns - 1));
  }
  const filled = Math.round(room * Math.min(1, done / total));
  return `[${"#".repeat(filled)}${"-".repeat(room - filled)}] ${text}`;
}
