import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, Logger } from "../contracts.ts";
import type { ReadFailure } from "./metric_reader.ts";

/** Tells which metrics could not be collected: each at once, and then in a while. */
export class FailureLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Of those that failed in the last round. */
  #limiters: ReadonlyMap<string, LogLimiter> = new Map();

  constructor(surroundings: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = surroundings.clock;
    this.#logger = surroundings.logger;
  }

  /** All that failed in one round. */
  tell(failures: readonly ReadFailure[]): void {
    const limiters = new Map<string, LogLimiter>();
    for (const { metric, error } of failures) {
      const key = metric ?? "";
      const limiter = this.#limiters.get(key) ?? new LogLimiter(this.#clock);
      limiters.set(key, limiter);
      const hidden = limiter.admit();
      if (hidden === undefined) continue;
      const fields = { metric, error, more_like_it: hidden || undefined };
      this.#logger.warn("a metric could not be collected", fields);
    }
    this.#limiters = limiters;
  }
}
