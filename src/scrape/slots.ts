/** Gives back a slot. */
export type Release = () => void;

/** Who waits for a slot. */
interface Waiter {
  readonly take: (release: Release) => void;
}

/**
 * How many scrapes there may be at once, over all targets: each has a connection. Targets
 * that did not answer in time the last time share a part of the slots among themselves,
 * so that those that hang leave room for all others.
 */
export class Slots {
  readonly #max: number;
  readonly #suspectMax: number;
  #used = 0;
  #usedBySuspects = 0;
  readonly #waiting: Waiter[] = [];
  readonly #suspects: Waiter[] = [];

  constructor(max: number) {
    this.#max = max;
    this.#suspectMax = Math.max(1, Math.floor(max / 4));
  }

  get used(): number {
    return this.#used;
  }

  /** Who waits. */
  get waiting(): number {
    return this.#waiting.length + this.#suspects.length;
  }

  /** A slot, if there is one that nobody waits for. */
  tryAcquire(isSuspect: boolean): Release | undefined {
    if (this.waiting > 0 || this.#used >= this.#max) return undefined;
    if (isSuspect && this.#usedBySuspects >= this.#suspectMax) return undefined;
    return this.#use(isSuspect);
  }

  /** Resolves in the order in which it was asked for. Rejects with the signal's reason. */
  acquire(isSuspect: boolean, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const line = isSuspect ? this.#suspects : this.#waiting;
      const stop = (): void => {
        const at = line.indexOf(waiter);
        if (at >= 0) line.splice(at, 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        take: (release) => {
          signal.removeEventListener("abort", stop);
          resolve(release);
        },
      };
      signal.addEventListener("abort", stop, { once: true });
      line.push(waiter);
      this.#next();
    });
  }

  #next(): void {
    while (this.#used < this.#max) {
      const isSuspect = this.#waiting.length === 0;
      if (isSuspect && this.#usedBySuspects >= this.#suspectMax) return;
      const waiter = (isSuspect ? this.#suspects : this.#waiting).shift();
      if (waiter === undefined) return;
      waiter.take(this.#use(isSuspect));
    }
  }

  #use(isSuspect: boolean): Release {
    this.#used++;
    if (isSuspect) this.#usedBySuspects++;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#used--;
      if (isSuspect) this.#usedBySuspects--;
      this.#next();
    };
  }
}
