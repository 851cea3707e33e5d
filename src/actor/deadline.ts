import type { CancelTimer, Clock } from "../contracts.ts";

/** By the signal of who waits: that of {@link Deadline.next}. */
const lasting = new WeakMap<AbortSignal, Deadline>();

/**
 * One signal for both ends of the wait for an answer: somebody else's aborts, or the time
 * is over. `AbortSignal.any` would keep a listener on a long-lived signal for every wait.
 */
export class Deadline {
  readonly #either = new AbortController();
  readonly #outer: AbortSignal;
  #cancelTimer: CancelTimer = () => {};
  /** What is waited for, where that is not the answer of who is asked. */
  #meanwhile = "";
  #isLate = false;
  #isWaiting = false;
  /** It keeps its listener between two waits. */
  #lasts = false;

  constructor(outer: AbortSignal, timeoutMs: number, clock: Pick<Clock, "after">) {
    this.#outer = outer;
    outer.addEventListener("abort", this.#stop, { once: true });
    if (outer.aborted) this.#stop();
    this.#begin(timeoutMs, clock);
  }

  /**
   * For who waits again and again, one wait after the other: as long as none was broken off
   * they share a signal, which is dear to make.
   */
  static next(outer: AbortSignal, timeoutMs: number, clock: Pick<Clock, "after">): Deadline {
    const known = lasting.get(outer);
    if (known === undefined || known.#isWaiting || known.signal.aborted) {
      const deadline = new Deadline(outer, timeoutMs, clock);
      deadline.#lasts = true;
      lasting.set(outer, deadline);
      return deadline;
    }
    known.#begin(timeoutMs, clock);
    return known;
  }

  #begin(timeoutMs: number, clock: Pick<Clock, "after">): void {
    this.#isWaiting = true;
    this.#meanwhile = "";
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
    this.#isWaiting = false;
    this.#cancelTimer();
    if (!this.#lasts || this.signal.aborted) this.#outer.removeEventListener("abort", this.#stop);
  }

  readonly #stop = (): void => this.#either.abort(this.#outer.reason);
}
