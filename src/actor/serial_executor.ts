/**
 * Runs pieces of work one after the other, in the order in which they were asked for.
 * A failure goes to the caller of its piece, and the pieces behind it still run.
 */
export class SerialExecutor {
  #last: Promise<void> = Promise.resolve();

  /** Begins the work when all that was asked for before has ended; settles with it. */
  run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.then(() => {}, () => {});
    return turn;
  }

  /** Resolves when all that was asked for so far has ended, well or not; never rejects. */
  get settled(): Promise<void> {
    return this.#last;
  }

  /** The same, and for what is asked for meanwhile too: nothing is left then. */
  async idle(): Promise<void> {
    for (;;) {
      const last = this.#last;
      await last;
      if (last === this.#last) return;
    }
  }
}
