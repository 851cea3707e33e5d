/**
 * Work that is done one piece after the other, in the order in which it was asked
 * for. A piece that fails is told to who asked for it, and is not the end of those
 * behind it.
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

  /** The same for what is asked for meanwhile, too: nothing is left. */
  async idle(): Promise<void> {
    for (;;) {
      const last = this.#last;
      await last;
      if (last === this.#last) return;
    }
  }
}
