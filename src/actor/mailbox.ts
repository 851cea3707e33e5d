import { assert } from "../assert.ts";

/**
 * A bounded inbox. A sender waits while it is full, so a slow stage pushes back
 * on the one before it and memory stays bounded.
 */
export class Mailbox<T> {
  readonly #capacity: number;
  readonly #onPut: () => void;
  #items: T[] = [];
  #senders: (() => void)[] = [];
  #receiver: ((item: T | undefined) => void) | undefined;
  /** What ends the receiver's waits. */
  #stops: AbortSignal | undefined;

  /** @param onPut told at once of each item that comes in, also of one that somebody waits for */
  constructor(capacity: number, onPut: () => void = () => {}) {
    assert(capacity >= 1, `mailbox capacity ${capacity}`);
    this.#capacity = capacity;
    this.#onPut = onPut;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Puts the item in if there is room now. */
  trySend(item: T): boolean {
    if (this.#receiver) {
      const receive = this.#receiver;
      this.#receiver = undefined;
      this.#onPut();
      receive(item);
      return true;
    }
    if (this.#items.length >= this.#capacity) return false;
    this.#onPut();
    this.#items.push(item);
    return true;
  }

  /** Waits for room; false when the signal aborted first, and then nothing was put in. */
  async send(item: T, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.trySend(item)) return true;
      await this.#room(signal);
    }
    return false;
  }

  /** The next item if there is one now. */
  tryReceive(): T | undefined {
    const item = this.#items.shift();
    if (item !== undefined) this.#senders.shift()?.();
    return item;
  }

  /** The next item; undefined when the signal aborted first. One receiver at a time. */
  receive(signal: AbortSignal): Promise<T | undefined> {
    assert(this.#receiver === undefined, "a mailbox has one receiver");
    if (signal.aborted) return Promise.resolve(undefined);
    const item = this.tryReceive();
    if (item !== undefined) return Promise.resolve(item);
    this.#stopWith(signal);
    return new Promise((resolve) => {
      this.#receiver = (item) => {
        this.#receiver = undefined;
        resolve(item);
      };
      // A sender that was woken before this wait began finds the receiver now.
      this.#senders.shift()?.();
    });
  }

  /** Whoever receives does so by one signal, again and again: it is listened to once. */
  #stopWith(signal: AbortSignal): void {
    if (this.#stops === signal) return;
    this.#stops = signal;
    const stop = (): void => {
      if (this.#stops === signal) this.#receiver?.(undefined);
    };
    signal.addEventListener("abort", stop, { once: true });
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener("abort", settle);
        this.#senders = this.#senders.filter((waiting) => waiting !== settle);
        resolve();
      };
      signal.addEventListener("abort", settle, { once: true });
      this.#senders.push(settle);
    });
  }
}
