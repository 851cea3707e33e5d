import type { CancelTimer, Clock } from "../contracts.ts";

/**
 * One signal for both ends of the wait for an answer: somebody else's aborts, or the time
 * is over. `AbortSignal.any` would keep a listener on a long-lived signal for every wait.
 */
export class Deadline {
  readonly #either = new AbortController();
  readonly #outer: AbortSignal;
  readonly #cancelTimer: CancelTimer;

  constructor(outer: AbortSignal, timeoutMs: number, clock: Pick<Clock, "after">) {
    this.#outer = outer;
    outer.addEventListener("abort", this.#stop, { once: true });
    if (outer.aborted) this.#stop();
    this.#cancelTimer = clock.after(
      timeoutMs,
      () => this.#either.abort(new Error(`no answer in ${timeoutMs} ms`)),
    );
  }

  get signal(): AbortSignal {
    return this.#either.signal;
  }

  /** Why the wait failed: what aborted it, where something did, and else what was thrown. */
  causeOf(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  /** The wait is over, however it ended. */
  end(): void {
    this.#cancelTimer();
    this.#outer.removeEventListener("abort", this.#stop);
  }

  readonly #stop = (): void => this.#either.abort(this.#outer.reason);
}
