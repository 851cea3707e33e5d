import { assert } from "../assert.ts";
import type { BatchId } from "../contracts.ts";

interface Entry {
  readonly signals: number;
  settled: number;
}

/**
 * How many signals of each leased batch still wait for an outcome. A batch is
 * through when there are none, whatever the order in which its parts came back.
 */
export class Ledger {
  readonly #entries = new Map<BatchId, Entry>();
  #settled = 0;

  /** Signals that have an outcome, of batches that are not through. */
  get settledSignals(): number {
    return this.#settled;
  }

  get batches(): number {
    return this.#entries.size;
  }

  open(id: BatchId, signals: number): void {
    assert(!this.#entries.has(id), `batch ${id} is open already`);
    this.#entries.set(id, { signals, settled: 0 });
  }

  /** Returns true when the batch is through; it is closed then. */
  settle(id: BatchId, signals: number): boolean {
    const entry = this.#entries.get(id);
    assert(entry !== undefined, `batch ${id} is not open`);
    entry.settled += signals;
    this.#settled += signals;
    assert(entry.settled <= entry.signals, `batch ${id}: ${entry.settled} of ${entry.signals}`);
    if (entry.settled < entry.signals) return false;
    this.#settled -= entry.signals;
    this.#entries.delete(id);
    return true;
  }
}
