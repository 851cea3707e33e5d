import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, LogFields, Logger } from "../contracts.ts";

/** Says what goes wrong again and again: at once, and then now and then. */
export class FailureLog {
  readonly #logger: Logger;
  readonly #limiter: LogLimiter;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    // What is down for hours says so once in ten minutes.
    this.#limiter = new LogLimiter(clock, { afterLines: 5, intervalMs: 600_000 });
  }

  /** Failures with the same text are one. */
  tell(message: string, error: string, fields: LogFields = {}): void {
    const hidden = this.#limiter.admit(`${message} ${error}`);
    if (hidden === undefined) return;
    this.#logger.warn(message, { ...fields, error, more_like_it: hidden || undefined });
  }
}
