import type { CancelTimer, Clock } from "../contracts.ts";

/**
 * One signal for both ends of the wait for an answer: somebody else's aborts, or the time
 * is over. `AbortSignal.any` would keep a listener on a long-lived signal for every wait.
 */
export class Deadline {
  readonly #either = new AbortController();
  readonly #outer: AbortSignal;
  readonly #cancelTimer: CancelTimer;
  /** What is waited for, where that is not the answer of who is asked. */
  #meanwhile = "";
  #isLate = false;

  constructor(outer: AbortSignal, timeoutMs: number, clock: Pick<Clock, "after">) {
    this.#outer = outer;
    outer.addEventListener("abort", this.#stop, { once: true });
    if (outer.aborted) this.#stop();
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#isLate = this.#meanwhile === "" && !this.signal.aborted;
      this.#either.abort(new Error(`no answer in ${timeoutMs} ms${this.#meanwhile}`));
    });
  }

  /** The time was over while it was who is asked that was waited for. */
  get isLate(): boolean {
    return this.#isLate;
  }

  get signal(): AbortSignal {
    return this.#either.signal;
  }

  /** Waits for somebody else's answer, who is named if the time is over meanwhile. */
  async waitFor<T>(who: string, answer: T | Promise<T>): Promise<T> {
    this.#meanwhile = ` from ${who}`;
    try {
      return await answer;
    } finally {
      this.#meanwhile = "";
    }
  }

  /** See `HttpRequest.onConnecting`: the proxy is named if the time is over meanwhile. */
  readonly connecting = (by: string | undefined): void => {
    this.#meanwhile = by === undefined ? "" : ` while the proxy ${by} was to connect`;
  };

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
