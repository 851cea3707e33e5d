/** Keeps whoever sends from it for as long as there is a reason; there may be more than one. */
export class Standing {
  readonly #reasons = new Set<string>();
  readonly #apply: (why: string | undefined) => Promise<void>;

  /** @param apply told the oldest of the reasons, and undefined when there is none any more */
  constructor(apply: (why: string | undefined) => Promise<void>) {
    this.#apply = apply;
  }

  /** This reason, in words, holds from now on, or does not any more. Resolves when that was applied. */
  async set(reason: string, holds: boolean): Promise<void> {
    if (holds) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    const [why] = this.#reasons;
    await this.#apply(why);
  }
}
