import type {
  AddOptions,
  AddResult,
  BatchPart,
  BatchWriter,
  EncodedBatch,
} from "../../src/contracts.ts";
import { samplesOnly } from "./counts.ts";

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
    kinds: samplesOnly(signals),
    strings: 0,
    oldestMs: 0,
    newestMs: 0,
    checksum: `fake:${data.reduce((sum, byte) => (sum * 31 + byte) % 0x7fffffff, 7)}`,
  };
}

/** Each byte of a body is a signal; the batch's data are the bodies, one after the other. */
export class FakeWriter implements BatchWriter {
  #bytes: number[] = [];
  /** Calls fail as a kernel does that has met a bug: the open batch is lost. */
  isBroken = false;
  /** What each signal takes in memory. */
  signalBytes = 1;
  readonly handlesOf = 0;

  get signals(): number {
    return this.#bytes.length;
  }

  get heldBytes(): number {
    return this.#bytes.length * this.signalBytes;
  }

  configure(): void {}

  addRequest(body: Uint8Array, _options: AddOptions): AddResult {
    this.#failIfBroken();
    this.#bytes.push(...body);
    return {
      accepted: body.length,
      kinds: samplesOnly(body.length),
      expired: 0,
      invalid: 0,
      unsupported: 0,
      newestMs: 0,
    };
  }

  encode(): EncodedBatch {
    this.#failIfBroken();
    const data = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    return fakeBatch(data.length, data);
  }

  /** A signal is in the partition of its byte's remainder. */
  encodeParts(partitions: number): BatchPart[] {
    const { data } = this.encode();
    return Array.from({ length: partitions }, (_, partition) => ({
      partition,
      own: data.filter((byte) => byte % partitions === partition),
    })).filter(({ own }) => own.length > 0).map(({ partition, own }) => ({
      partition,
      batch: fakeBatch(own.length, own),
    }));
  }

  #failIfBroken(): void {
    if (!this.isBroken) return;
    this.#bytes = [];
    throw new Error("BUG: broken");
  }
}
