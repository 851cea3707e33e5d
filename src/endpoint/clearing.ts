import type { Clock } from "../contracts.ts";

/** How long it is waited at first: meanwhile nothing is dealt. */
const PATIENCE_MS_FIRST = 1000;

/**
 * The wait until nothing is under way, before the number of shards is another one. It is
 * given up when a shard begins to wait, or when it takes too long: one request that hangs
 * must not keep the others from being dealt to.
 */
export class Clearing {
  readonly #clock: Clock;
  readonly #isClear: () => boolean;
  /** Twice as long after each wait that took too long, since answers may take that long. */
  #patienceMs = PATIENCE_MS_FIRST;
  /** Told how the wait has ended, while there is one. */
  #settle: ((isClear: boolean) => void) | undefined;

  constructor(clock: Clock, isClear: () => boolean) {
    this.#clock = clock;
    this.#isClear = isClear;
  }

  /** True when all is clear; false when that was given up, or when interrupted. */
  wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isClear: boolean): void => {
        cancel();
        signal.removeEventListener("abort", giveUp);
        this.#settle = undefined;
        if (isClear) this.#patienceMs = PATIENCE_MS_FIRST;
        resolve(isClear);
      };
      const giveUp = (): void => settle(false);
      const cancel = this.#clock.after(this.#patienceMs, () => {
        this.#patienceMs *= 2;
        giveUp();
      });
      signal.addEventListener("abort", giveUp, { once: true });
      this.#settle = settle;
      this.look();
    });
  }

  /** Something has its outcome. */
  look(): void {
    if (this.#settle !== undefined && this.#isClear()) this.#settle(true);
  }

  /** A shard begins to wait. */
  giveUp(): void {
    this.#settle?.(false);
  }
}
