import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, LogFields, Logger } from "../contracts.ts";

/** What is down for hours says so at first now and then, and later once in ten minutes. */
const QUIET = { afterLines: 5, intervalMs: 600_000 };
/** Things that fail at the same time, each with lines of its own. */
const THINGS_MAX = 1_000;

/** Says what goes wrong again and again: at once, and then less and less often, each thing for itself. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** By what it is that fails. */
  readonly #limiters: Map<string, LogLimiter> = new Map();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Of a message with the same fields, another error is news. */
  tell(message: string, error: string, fields: LogFields = {}): void {
    const hidden = this.#limiterOf(`${message} ${JSON.stringify(fields)}`).admit(error);
    if (hidden === undefined) return;
    this.#logger.warn(message, { ...fields, error, more_like_it: hidden || undefined });
  }

  #limiterOf(thing: string): LogLimiter {
    let limiter = this.#limiters.get(thing);
    if (limiter === undefined) {
      if (this.#limiters.size >= THINGS_MAX) this.#limiters.clear();
      this.#limiters.set(thing, limiter = new LogLimiter(this.#clock, QUIET));
    }
    return limiter;
  }
}
