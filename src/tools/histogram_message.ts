import { assert } from "../assert.ts";
import type { BucketSpan, Histogram, ResetHint } from "../types.ts";

const HINTS: readonly ResetHint[] = ["unknown", "yes", "no", "gauge"];

/**
 * A native histogram from the message that a batch has of it: `Histogram` of remote write in
 * the one form that the kernel gives it (asm/batch/rows.ts), so all in it was checked.
 */
export function readHistogram(bytes: Uint8Array): Histogram {
  const reader = new Fields(bytes);
  const found = {
    isFloat: false,
    count: 0,
    sum: 0,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    resetHint: 0,
    negativeSpans: [] as BucketSpan[],
    negative: [] as number[],
    positiveSpans: [] as BucketSpan[],
    positive: [] as number[],
    customValues: [] as number[],
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        found.count = reader.varint();
        break;
      case 2:
        found.isFloat = true;
        found.count = reader.double();
        break;
      case 3:
        found.sum = reader.double();
        break;
      case 4:
        found.schema = reader.signed();
        break;
      case 5:
        found.zeroThreshold = reader.double();
        break;
      case 6:
        found.zeroCount = reader.varint();
        break;
      case 7:
        found.zeroCount = reader.double();
        break;
      case 8:
        found.negativeSpans.push(reader.span());
        break;
      case 9:
        found.negative = reader.signedList();
        break;
      case 10:
        found.negative = reader.doubleList();
        break;
      case 11:
        found.positiveSpans.push(reader.span());
        break;
      case 12:
        found.positive = reader.signedList();
        break;
      case 13:
        found.positive = reader.doubleList();
        break;
      case 14:
        found.resetHint = reader.varint();
        break;
      case 16:
        found.customValues = reader.doubleList();
        break;
      default:
        assert(false, `field ${reader.field} in a histogram of a batch`);
    }
  }
  return histogramOf(found);
}

function histogramOf(
  found: {
    readonly isFloat: boolean;
    readonly count: number;
    readonly sum: number;
    readonly schema: number;
    readonly zeroThreshold: number;
    readonly zeroCount: number;
    readonly resetHint: number;
    readonly negativeSpans: readonly BucketSpan[];
    readonly negative: readonly number[];
    readonly positiveSpans: readonly BucketSpan[];
    readonly positive: readonly number[];
    readonly customValues: readonly number[];
  },
): Histogram {
  const { count, sum, schema, zeroThreshold, zeroCount, customValues } = found;
  const rest = {
    count,
    sum,
    schema,
    zeroThreshold,
    zeroCount,
    resetHint: HINTS[found.resetHint] ?? "unknown",
    ...(customValues.length > 0 ? { customValues } : {}),
  };
  const { negativeSpans, negative, positiveSpans, positive } = found;
  if (found.isFloat) {
    return {
      type: "float",
      ...rest,
      negative: { spans: negativeSpans, counts: negative },
      positive: { spans: positiveSpans, counts: positive },
    };
  }
  return {
    type: "integer",
    ...rest,
    negative: { spans: negativeSpans, deltas: negative },
    positive: { spans: positiveSpans, deltas: positive },
  };
}

/** The fields of a message that was checked. */
class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;
  field = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.field = this.varint() >>> 3;
    return true;
  }

  /** As near as a number is. */
  varint(): number {
    return Number(this.#varint());
  }

  signed(): number {
    const value = this.#varint();
    return Number((value >> 1n) ^ -(value & 1n));
  }

  double(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  span(): BucketSpan {
    let offset = 0;
    let length = 0;
    this.#within(() => {
      while (this.next()) {
        if (this.field === 1) offset = this.signed();
        else length = this.varint();
      }
    });
    return { offset, length };
  }

  signedList(): number[] {
    const list: number[] = [];
    this.#within(() => {
      while (this.#at < this.#end) list.push(this.signed());
    });
    return list;
  }

  doubleList(): number[] {
    const list: number[] = [];
    this.#within(() => {
      while (this.#at < this.#end) list.push(this.double());
    });
    return list;
  }

  #within(read: () => void): void {
    const outer = this.#end;
    this.#end = this.varint() + this.#at;
    read();
    this.#end = outer;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
