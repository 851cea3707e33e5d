import { atOnce } from "../actor/at_once.ts";
import type { BatchPart, BatchStore, BatchWriter, Kernel } from "../contracts.ts";
import { assert } from "../assert.ts";
import { WalqError } from "../errors.ts";
import type { KeptRequest } from "../filequeue/rejected_file.ts";
import type { SentRequests } from "../filequeue/rejected_sender.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";

/** A batch takes no more requests when it takes so much memory. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;

/** So many of the first requests, as a batch. */
interface EncodedRequests {
  readonly parts: readonly BatchPart[];
  readonly count: number;
}

/**
 * Puts requests that were refused into the store again, many of them as one batch: it is
 * durable, in order and bounded there as all is, and counts as accepted anew. What belongs
 * together, and lies in files of its own since its request was parted, is in one batch again:
 * an exemplar finds its sample.
 */
export class Requeue {
  readonly #store: BatchStore;
  readonly #writer: BatchWriter;
  readonly #partitions: number;

  /** @param partitions of the store */
  constructor(store: BatchStore, kernel: Kernel, partitions: number = 1) {
    this.#store = store;
    this.#partitions = partitions;
    // By the rules of nobody: what comes was taken by those that held when it came in.
    this.#writer = kernel.createWriter({ keptBytesMax: 0 });
  }

  /**
   * Puts the first of these there: all of them, but for those from one on that cannot be
   * sent, or those for which there is no room. Resolves when they are durable.
   *
   * @throws {WalqError} `STORAGE`: none is there, but where the store has several partitions,
   * of which some may have taken their part; `CORRUPT` when the first is no request that can be
   * sent.
   */
  async first(requests: readonly KeptRequest[]): Promise<SentRequests> {
    for (let some = requests;;) {
      const { parts, count } = this.#batchOf(some);
      let signals = 0;
      try {
        await atOnce(parts, parts.length, async ({ partition, batch }) => {
          await this.#store.append({ batch, partition, again: "request" });
          signals += batch.series + batch.metadata;
        });
        return { requests: count, signals };
      } catch (error) {
        // With fewer requests what is there would come once more.
        if (!isNoRoom(error) || count === 1 || signals > 0) throw error;
        some = some.slice(0, Math.ceil(count / 2));
      }
    }
  }

  #batchOf(requests: readonly KeptRequest[]): EncodedRequests {
    for (const [count, request] of requests.entries()) {
      if (count > 0 && this.#writer.heldBytes > HELD_BYTES_MAX) return this.#encoded(count);
      try {
        this.#add(request);
      } catch (error) {
        // A part of it may be there.
        if (this.#writer.signals > 0) this.#writer.encode();
        if (count === 0) throw error;
        return this.#batchOf(requests.slice(0, count));
      }
    }
    return this.#encoded(requests.length);
  }

  #encoded(count: number): EncodedRequests {
    return { parts: this.#writer.encodeParts(this.#partitions), count };
  }

  #add({ data, protobufMessage }: KeptRequest): void {
    let added;
    try {
      added = this.#writer.addRequest(data, {
        message: protobufMessage,
        compression: "snappy",
        uncompressedBytesMax: BATCH_BYTES_MAX,
        cutoffMs: -Infinity,
        latestMs: Infinity,
      });
    } catch (error) {
      if (!(error instanceof WalqError)) throw error;
      throw new WalqError("CORRUPT", error.message, { cause: error });
    }
    const { accepted, invalid, unsupported, expired, firstInvalid } = added;
    assert(expired === 0, "something is too old for no cutoff");
    if (accepted > 0 && invalid + unsupported === 0) return;
    const what = firstInvalid === undefined ? "" : `: ${firstInvalid}`;
    const text = `got ${accepted} signals and ${invalid + unsupported} that break a rule${what}`;
    throw new WalqError("CORRUPT", `Cannot send a request again: ${text}`);
  }
}

/** The bytes of the queue have their limit: fewer may fit. What the disk itself refuses is no such error. */
function isNoRoom(error: unknown): boolean {
  return error instanceof WalqError && error.code === "STORAGE";
}
