import type { BatchId, EncodedBatch, Lease } from "../contracts.ts";
import { type BatchSize, sizeOf } from "./batch_size.ts";

/** Room for a few batches of the default size. */
const BYTES_MAX = 2 * 1024 * 1024;

/** A batch that is on disk, and in memory for a moment longer. */
interface FreshBatch {
  readonly batch: EncodedBatch;
  /** The size of its file. */
  readonly recordBytes: number;
}

/** What a batch takes in memory. */
function bytesOf({ batch, recordBytes }: FreshBatch): number {
  return recordBytes + (batch.handed?.bytes.length ?? 0);
}

/**
 * The batches stored last, for an endpoint that keeps up: it need not read back
 * what was written a moment ago. Bounded; an endpoint that falls behind reads
 * from the disk.
 */
export class FreshBatches {
  readonly #batches = new Map<BatchId, FreshBatch>();
  #bytes = 0;

  /** Keeps the batch if there is room: not in place of an older one, which is read sooner. */
  put(id: BatchId, batch: EncodedBatch, recordBytes: number): void {
    const fresh = { batch, recordBytes };
    const bytes = bytesOf(fresh);
    if (this.#bytes + bytes > BYTES_MAX) return;
    this.#batches.set(id, fresh);
    this.#bytes += bytes;
  }

  has(id: BatchId): boolean {
    return this.#batches.has(id);
  }

  /** Hands the batch out, once. */
  take(id: BatchId): FreshBatch | undefined {
    const fresh = this.#batches.get(id);
    if (fresh === undefined) return undefined;
    this.#batches.delete(id);
    this.#bytes -= bytesOf(fresh);
    return fresh;
  }

  /** The same as a lease; undefined where it is not here. @param onLease told what it holds */
  lease(id: BatchId, onLease: (size: BatchSize) => void): Lease | undefined {
    const fresh = this.take(id);
    if (fresh === undefined) return undefined;
    const size = sizeOf(fresh.batch, fresh.recordBytes);
    onLease(size);
    return { id, signals: size.signals, ...fresh.batch };
  }
}
