import type { Clock, Logger } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { Sleepers } from "../actor/sleepers.ts";

/** No line is held back for longer. */
const LATER_MS = 10_000;

/**
 * After so long without any success the first one wakes all that wait: they have doubled their
 * pauses all along. An endpoint that now takes and now does not is left its pauses.
 */
export const LONG_MS = 5_000;

/** Says when sending works again, after attempts that failed, and wakes those that wait to try again. */
export class Outage {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending: () => number;
  readonly #limiter: LogLimiter;
  #sinceMs: number | undefined;
  #what = "";
  #cancelLater: () => void = () => {};
  readonly #waiting: Sleepers;

  /** `pending` counts the signals that are still to be sent. */
  constructor(
    dependencies: { readonly clock: Clock; readonly logger: Logger },
    pending: () => number,
  ) {
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
    this.#pending = pending;
    this.#limiter = new LogLimiter(dependencies.clock);
    this.#waiting = new Sleepers(dependencies.clock);
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
    const downMs = this.#clock.monotonicMs() - sinceMs;
    if (downMs >= LONG_MS) this.#waiting.wakeAll();
    this.#tell(Math.round(downMs));
  }

  /**
   * Waits before another attempt, and no longer when an outage that was long is over. False
   * when the signal aborted first.
   */
  pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#waiting.sleep(delayMs, signal);
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
