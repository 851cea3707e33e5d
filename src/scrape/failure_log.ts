import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, Logger } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import { visibleText } from "../visible_text.ts";

/** Appends a text to a file, which is made if it is not there. */
export type AppendText = (path: string, text: string) => Promise<void>;

/** Lines that wait for a disk; beyond these they are lost. */
const WAITING_MAX = 1_000;

/** A scrape that failed. */
export interface ScrapeFailure {
  readonly jobName: string;
  readonly url: string;
  /** Without secrets. */
  readonly error: string;
}

/** The files that `scrape_failure_log_file` names: a line of JSON for each scrape that failed. */
export class FailureLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #append: AppendText;
  readonly #refusals: LogLimiter;
  /** By file, what is to be written when what is being written is through. */
  readonly #waiting = new Map<string, string[]>();

  constructor(append: AppendText, clock: Clock, logger: Logger) {
    this.#append = append;
    this.#clock = clock;
    this.#logger = logger;
    this.#refusals = new LogLimiter(clock);
  }

  /** Waits for nothing. A file that is opened for each write can be taken away at any time. */
  add(path: string, { jobName, url, error }: ScrapeFailure): void {
    const time = new Date(this.#clock.nowMs()).toISOString();
    const told = { time, level: "ERROR", msg: error, job_name: jobName, target: url };
    const line = visibleText(JSON.stringify(told));
    const waiting = this.#waiting.get(path);
    if (waiting === undefined) void this.#write(path, [line]);
    else if (waiting.length < WAITING_MAX) waiting.push(line);
  }

  async #write(path: string, first: string[]): Promise<void> {
    for (let lines = first; lines.length > 0;) {
      this.#waiting.set(path, []);
      try {
        await this.#append(path, lines.map((line) => `${line}\n`).join(""));
      } catch (error) {
        const hidden = this.#refusals.admit();
        if (hidden !== undefined) {
          const fields = { path, error: messageOf(error), more_like_it: hidden || undefined };
          this.#logger.warn("cannot write to scrape_failure_log_file", fields);
        }
      }
      lines = this.#waiting.get(path)!;
    }
    this.#waiting.delete(path);
  }
}
