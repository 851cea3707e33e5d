import { assert } from "../assert.ts";
import type { BatchId, BatchReader, RequestPart, SealedRequest } from "../contracts.ts";

/**
 * So many signals may wait for busy shards, before each has all that a request may have: many
 * shards are not to need many times the memory.
 */
const OPEN_SIGNALS_MAX = 100_000;

/**
 * The open request of each shard, and from which batches its signals came. The
 * bytes are in the kernel; this keeps the accounts.
 */
export class OpenRequests {
  readonly #reader: BatchReader;
  #parts: RequestPart[][] = [];
  /** Signals in a shard's open request that `#parts` knows of. */
  #known: number[] = [];

  constructor(reader: BatchReader, shards: number) {
    this.#reader = reader;
    this.#make(shards);
  }

  /** True when no shard has signals that wait. */
  get isEmpty(): boolean {
    return this.#known.every((signals) => signals === 0);
  }

  /** From now on there are so many shards; none may have signals that wait. */
  reshard(shards: number): void {
    assert(this.isEmpty, "reshard with requests open");
    this.#reader.reshard(shards);
    this.#make(shards);
  }

  #make(shards: number): void {
    this.#parts = Array.from({ length: shards }, () => []);
    this.#known = new Array<number>(shards).fill(0);
  }

  /** After a call to route: what is new in each open request came from this batch. */
  attribute(batchId: BatchId): void {
    for (let shard = 0; shard < this.#known.length; shard++) {
      const signals = this.#reader.openSignals(shard) - this.#known[shard]!;
      if (signals === 0) continue;
      this.#known[shard]! += signals;
      this.#parts[shard]!.push({ batchId, signals });
    }
  }

  /** True when the shard has signals that wait. */
  has(shard: number): boolean {
    return this.#known[shard]! > 0;
  }

  /** Signals that wait in a shard's open request. */
  signals(shard: number): number {
    return this.#known[shard]!;
  }

  /**
   * The shard with most of them, if all shards together have too many; -1 if they have not. It
   * is no fewer than `requestSignals` a shard.
   */
  overfull(requestSignals: number): number {
    const most = Math.max(OPEN_SIGNALS_MAX, this.#known.length * requestSignals);
    const all = this.#known.reduce((sum, signals) => sum + signals, 0);
    return all > most ? this.#known.indexOf(Math.max(...this.#known)) : -1;
  }

  /** The batches that a shard's open request has signals of. */
  batches(shard: number): BatchId[] {
    return this.#parts[shard]!.map(({ batchId }) => batchId);
  }

  /** Closes a shard's open request and starts an empty one. */
  seal(shard: number): SealedRequest {
    const parts = mergeParts(this.#parts[shard]!);
    this.#parts[shard] = [];
    this.#known[shard] = 0;
    return { body: this.#reader.take(shard), parts };
  }
}

/** Neighbours of one batch become one part. */
function mergeParts(parts: readonly RequestPart[]): RequestPart[] {
  const merged: RequestPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (last?.batchId !== part.batchId) merged.push(part);
    else merged[merged.length - 1] = { ...part, signals: last.signals + part.signals };
  }
  return merged;
}
