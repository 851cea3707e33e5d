import type { Clock } from "../contracts.ts";

const INTERVAL_MS = 10_000;

/** Lets one line through in a while: an endpoint that is down for hours does not fill the log. */
export class LogLimiter {
  readonly #clock: Clock;
  #nextMs = -Infinity;
  #hidden = 0;
  #about = "";

  constructor(clock: Clock) {
    this.#clock = clock;
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
    this.#nextMs = nowMs + INTERVAL_MS;
    const hidden = this.#hidden;
    this.#hidden = 0;
    return hidden;
  }
}
