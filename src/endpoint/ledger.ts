import { assert } from "../assert.ts";
import type { BatchId } from "../contracts.ts";

interface Entry {
  readonly signals: number;
  /** How many of them the store counts as pending. */
  readonly stored: number;
  settled: number;
}

/**
 * How many signals of each leased batch still wait for an outcome. A batch is
 * through when there are none, whatever the order in which its parts came back.
 */
export class Ledger {
  readonly #entries = new Map<BatchId, Entry>();
  #settled = 0;

  /** Signals that have an outcome and that the store counts as pending: of batches that are not through. */
  get settledSignals(): number {
    return this.#settled;
  }

  get batches(): number {
    return this.#entries.size;
  }

  /** `stored` is how many signals the store counts, where it knows of fewer: see {@link Lease}. */
  open(id: BatchId, signals: number, stored: number = signals): void {
    assert(!this.#entries.has(id), `batch ${id} is open already`);
    assert(stored <= signals, `batch ${id}: ${stored} of ${signals} stored`);
    this.#entries.set(id, { signals, stored, settled: 0 });
  }

  /** How many of the signals that are about to be settled the store did not count, so that nobody has accepted them. */
  uncounted(id: BatchId, signals: number): number {
    const { stored, settled } = this.#entry(id);
    return signals - Math.min(signals, Math.max(0, stored - settled));
  }

  /** Returns true when the batch is through; it is closed then. */
  settle(id: BatchId, signals: number): boolean {
    const entry = this.#entry(id);
    this.#settled += signals - this.uncounted(id, signals);
    entry.settled += signals;
    assert(entry.settled <= entry.signals, `batch ${id}: ${entry.settled} of ${entry.signals}`);
    if (entry.settled < entry.signals) return false;
    this.#settled -= entry.stored;
    this.#entries.delete(id);
    return true;
  }

  /** Forgets all batches. Returns how many signals of them were settled. */
  clear(): number {
    const settled = this.#settled;
    this.#entries.clear();
    this.#settled = 0;
    return settled;
  }

  #entry(id: BatchId): Entry {
    const entry = this.#entries.get(id);
    assert(entry !== undefined, `batch ${id} is not open`);
    return entry;
  }
}
