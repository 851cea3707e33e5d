import type { Clock } from "../contracts.ts";

const INTERVAL_MS = 10_000;

/** From so many lines on there is one in this time. */
interface Quiet {
  readonly afterLines: number;
  readonly intervalMs: number;
}

const NEVER_QUIET: Quiet = { afterLines: Infinity, intervalMs: INTERVAL_MS };

/** Lets one line through in a while: an endpoint that is down for hours does not fill the log. */
export class LogLimiter {
  readonly #clock: Clock;
  readonly #quiet: Quiet;
  #lines = 0;
  #nextMs = -Infinity;
  #hidden = 0;
  #about = "";

  constructor(clock: Clock, quiet: Quiet = NEVER_QUIET) {
    this.#clock = clock;
    this.#quiet = quiet;
  }

  /**
   * How many lines were held back since the last one; undefined when this one is held
   * back too. A line about something else than the last one is never held back.
   */
  admit(about: string = ""): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const isNews = about !== this.#about;
    this.#about = about;
    if (nowMs < this.#nextMs && !isNews) {
      this.#hidden++;
      return undefined;
    }
    this.#lines = isNews ? 1 : this.#lines + 1;
    const { afterLines, intervalMs } = this.#quiet;
    this.#nextMs = nowMs + (this.#lines < afterLines ? INTERVAL_MS : intervalMs);
    const hidden = this.#hidden;
    this.#hidden = 0;
    return hidden;
  }
}
