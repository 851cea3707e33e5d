/** How long nothing may come although there is something. */
const STALL_MS = 5_000;

/** Calls again and again, until what it returns is called. */
type Every = (ms: number, look: () => void) => () => void;

const byTimer: Every = (ms, look) => {
  const timer = setInterval(look, ms);
  return () => clearInterval(timer);
};

/**
 * Ends what follows a stream and gets nothing, although there is something: servers that were
 * restarted have forgotten who followed, and not every client hears of it.
 */
export class StallWatch {
  readonly #stop: () => void;
  /** Something came since the last look. */
  #hasSeen = false;
  #isLooking = false;

  /**
   * @param hasMore asks the servers whether there is something that has not come
   * @param onStall told once, when it was so at two looks one after the other
   */
  constructor(hasMore: () => Promise<boolean>, onStall: () => void, every: Every = byTimer) {
    let looks = 0;
    const look = async (): Promise<void> => {
      const had = this.#hasSeen;
      this.#hasSeen = false;
      if (had || !await hasMore() || this.#hasSeen) looks = 0;
      else if (++looks === 2) onStall();
    };
    this.#stop = every(STALL_MS, () => {
      if (this.#isLooking) return;
      this.#isLooking = true;
      // Whoever does not answer has nothing to tell now.
      void look().catch(() => {}).finally(() => this.#isLooking = false);
    });
  }

  seen(): void {
    this.#hasSeen = true;
  }

  end(): void {
    this.#stop();
  }
}
