import type { AddOptions, AddResult, BatchWriter, EncodedBatch } from "../../src/contracts.ts";

/** A batch of so many signals, without a kernel. */
export function fakeBatch(
  signals: number,
  data: Uint8Array = new Uint8Array(signals),
): EncodedBatch {
  return {
    format: "alloy.metrics.queue.v1",
    compression: "none",
    data,
    uncompressedBytes: data.length,
    series: signals,
    metadata: 0,
    strings: 0,
    oldestMs: 0,
    newestMs: 0,
    checksum: "",
  };
}

/** Each byte of a body is a signal; the batch's data are the bodies, one after the other. */
export class FakeWriter implements BatchWriter {
  #bytes: number[] = [];
  /** The next `encode` throws. */
  isBroken = false;

  get signals(): number {
    return this.#bytes.length;
  }

  addRequest(body: Uint8Array, _options: AddOptions): AddResult {
    this.#bytes.push(...body);
    return { accepted: body.length, expired: 0, invalid: 0, unsupported: 0 };
  }

  encode(): EncodedBatch {
    const data = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    if (this.isBroken) throw new Error("BUG: broken");
    return fakeBatch(data.length, data);
  }
}
