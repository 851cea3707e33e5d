/**
 * Those who wait until something is so. Whoever changes what it depends on says
 * `changed`, and nobody has to look again and again.
 */
export class Waiters {
  readonly #looks = new Set<() => void>();

  /**
   * True when it is so: in the very change that makes it so, also when the next one
   * undoes that. False when the signal aborts first.
   */
  until(isSo: () => boolean, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (isSo()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (isTrue: boolean): void => {
        signal.removeEventListener("abort", stop);
        this.#looks.delete(look);
        resolve(isTrue);
      };
      const stop = (): void => settle(false);
      const look = (): void => {
        if (isSo()) settle(true);
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#looks.add(look);
    });
  }

  /** Everybody who waits looks, at once. */
  changed(): void {
    for (const look of this.#looks) look();
  }
}
