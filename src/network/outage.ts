import type { Clock, Logger } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";

/** No line is held back for longer. */
const LATER_MS = 10_000;

/** Says when sending works again, after attempts that failed. */
export class Outage {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending: () => number;
  readonly #limiter: LogLimiter;
  #sinceMs: number | undefined;
  #what = "";
  #cancelLater: () => void = () => {};

  /** `pending` counts the signals that are still to be sent. */
  constructor(
    dependencies: { readonly clock: Clock; readonly logger: Logger },
    pending: () => number,
  ) {
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#pending = pending;
    this.#limiter = new LogLimiter(dependencies.clock);
  }

  /** An attempt came to nothing; `what` tells one kind of that from another. */
  failed(what: string): void {
    this.#cancelLater();
    this.#sinceMs ??= this.#clock.monotonicMs();
    this.#what = what;
  }

  /** A request that left at this time, by the monotonic clock, was taken. */
  delivered(startedMs: number): void {
    const sinceMs = this.#sinceMs;
    // One that left before the failure says nothing about what is now.
    if (sinceMs === undefined || startedMs < sinceMs) return;
    this.#sinceMs = undefined;
    this.#tell(Math.round(this.#clock.monotonicMs() - sinceMs));
  }

  /** Nothing more is told. */
  stop(): void {
    this.#cancelLater();
  }

  #tell(downMs: number): void {
    const hidden = this.#limiter.admit(this.#what);
    if (hidden === undefined) {
      // The last word of the log must not be that it fails: told later, if it still works.
      this.#cancelLater = this.#clock.after(LATER_MS, () => this.#tell(downMs));
      return;
    }
    this.#logger.info("sending works again", {
      down_ms: downMs,
      pending_signals: this.#pending(),
      more_like_it: hidden || undefined,
    });
  }
}
