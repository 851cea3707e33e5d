/** Samples as remote write 1.0 has them, one after the other in bytes that grow. */
import { WalqError } from "../../errors.ts";
import { bytesFieldBytes, int64Bytes, putBytes, putInt64, putVarint } from "../../protobuf.ts";
import { MADE_BYTES_MAX } from "./protocol.ts";

// Tags of prompb: TimeSeries in the request, its labels and samples, and what is in them.
const TIMESERIES = 0x0a;
const LABEL = 0x0a;
const SAMPLE = 0x12;
const NAME = 0x0a;
const VALUE = 0x12;
const SAMPLE_VALUE = 0x09;
const SAMPLE_TIMESTAMP = 0x10;
const DOUBLE_BYTES = 8;
/** Tags and lengths of a series and its sample. */
const OVERHEAD_MAX = 48;

const encoder = new TextEncoder();

/** The field of a series that is a label. */
export function labelField(name: string, value: string): Uint8Array {
  const [nameBytes, valueBytes] = [encoder.encode(name), encoder.encode(value)];
  const length = bytesFieldBytes(nameBytes.length) + bytesFieldBytes(valueBytes.length);
  const out = new Uint8Array(bytesFieldBytes(length));
  out[0] = LABEL;
  const at = putBytes(out, putVarint(out, 1, length), NAME, nameBytes);
  putBytes(out, at, VALUE, valueBytes);
  return out;
}

/** Parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** What is made of a body. */
export class SampleBytes {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Takes back what was added since it was so long. */
  cutTo(length: number): void {
    this.#length = length;
  }

  /** @throws {WalqError} `TOO_LARGE` */
  add(name: Uint8Array, labels: Uint8Array, value: number, timestampMs: number): void {
    const labelBytes = name.length + labels.length;
    this.#reserve(labelBytes + OVERHEAD_MAX);
    const sampleBytes = 1 + DOUBLE_BYTES + 1 + int64Bytes(timestampMs);
    const out = this.#bytes;
    let at = this.#length;
    out[at++] = TIMESERIES;
    at = putVarint(out, at, labelBytes + 2 + sampleBytes);
    out.set(name, at);
    out.set(labels, at + name.length);
    at += labelBytes;
    out[at++] = SAMPLE;
    out[at++] = sampleBytes;
    out[at++] = SAMPLE_VALUE;
    this.#view.setFloat64(at, value, true);
    at += DOUBLE_BYTES;
    out[at++] = SAMPLE_TIMESTAMP;
    this.#length = putInt64(out, at, timestampMs);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    if (needed > MADE_BYTES_MAX) {
      const message = "The tags, given to each field, make the request larger than " +
        `${MADE_BYTES_MAX} bytes: push less at once`;
      throw new WalqError("TOO_LARGE", message);
    }
    const grown = new Uint8Array(Math.min(MADE_BYTES_MAX, needed * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
