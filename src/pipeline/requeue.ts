import type { BatchStore, BatchWriter, EncodedBatch, Kernel } from "../contracts.ts";
import { assert } from "../assert.ts";
import { WalqError } from "../errors.ts";
import type { KeptRequest } from "../filequeue/rejected_file.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";

/**
 * Puts requests that were refused into the store again, each as a batch of its own: it is
 * durable, in order and bounded there as all is, and counts as accepted anew.
 */
export class Requeue {
  readonly #store: BatchStore;
  readonly #writer: BatchWriter;

  constructor(store: BatchStore, kernel: Kernel) {
    this.#store = store;
    // By the rules of nobody: what comes was taken by those that held when it came in.
    this.#writer = kernel.createWriter({ keptBytesMax: 0 });
  }

  /**
   * Resolves to how many signals it has when they are durable.
   *
   * @throws {WalqError} `STORAGE`; `CORRUPT` when it is no request that can be sent.
   */
  async request(request: KeptRequest): Promise<number> {
    const batch = this.#batchOf(request);
    await this.#store.append({ batch, again: "request" });
    return batch.series + batch.metadata;
  }

  #batchOf({ data, protobufMessage }: KeptRequest): EncodedBatch {
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
    const batch = accepted > 0 ? this.#writer.encode() : undefined;
    if (batch !== undefined && invalid + unsupported === 0) return batch;
    const what = firstInvalid === undefined ? "" : `: ${firstInvalid}`;
    const text = `got ${accepted} signals and ${invalid + unsupported} that break a rule${what}`;
    throw new WalqError("CORRUPT", `Cannot send a request again: ${text}`);
  }
}
