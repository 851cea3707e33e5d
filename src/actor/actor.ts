import { assert } from "../assert.ts";

/** What an actor does until the signal aborts. */
export type Work = (signal: AbortSignal) => Promise<void>;

/**
 * A work loop that runs by itself: single-threaded, started once, stopped once.
 * A loop that throws has met a bug; it is told, never swallowed.
 */
export class Actor {
  readonly #work: Work;
  readonly #onCrash: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #done: Promise<void> | undefined;

  constructor(work: Work, onCrash: (error: unknown) => void) {
    this.#work = work;
    this.#onCrash = onCrash;
  }

  start(): void {
    assert(this.#done === undefined, "an actor starts once");
    this.#done = this.#work(this.#stopping.signal).catch(this.#onCrash);
  }

  /** Interrupts any wait of the loop and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }
}
