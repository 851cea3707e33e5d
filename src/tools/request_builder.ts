import { encodeLabels } from "../appender/wire.ts";
import { METRIC_TYPES, putMetadata } from "../metadata_message.ts";
import { int64Bytes, MessageWriter, putInt64, putVarint } from "../protobuf.ts";
import type { LabelPair, ShownMetadata } from "../contracts.ts";

// Tags of remote write 1.0 with start timestamps, which the kernel reads as "appended".
const TIMESERIES = 0x0a;
const SAMPLES = 0x12;
const EXEMPLARS = 0x1a;
const HISTOGRAMS = 0x22;
const VALUE = 0x09;
const EXEMPLAR_VALUE = 0x11;
const TIMESTAMP = 0x10;
const EXEMPLAR_TIMESTAMP = 0x18;
const START = 0x18;
const HISTOGRAM_TIMESTAMP = 0x78;
/** Two bytes: field 17. */
const HISTOGRAM_START: readonly number[] = [0x88, 0x01];
const DOUBLE_BYTES = 8;
/** Tags, lengths and numbers of a row take no more. */
const OVERHEAD_BYTES = 96;

/** Signals as one request of the kind "appended", which carries all that a batch can have. */
export class RequestBuilder {
  #out = new Uint8Array(256 * 1024);
  #at = 0;
  /** Signals in it. */
  signals = 0;

  get bytes(): number {
    return this.#at;
  }

  /** @param value the eight bytes of a double */
  sample(labels: Uint8Array, value: Uint8Array, timestampMs: number, startMs: number): void {
    const start = startMs === 0 ? 0 : 1 + int64Bytes(startMs);
    const length = 1 + DOUBLE_BYTES + 1 + int64Bytes(timestampMs) + start;
    this.#series(labels, SAMPLES, length);
    this.#put(VALUE);
    this.#set(value);
    this.#int64(TIMESTAMP, timestampMs);
    if (startMs !== 0) this.#int64(START, startMs);
  }

  /** @param message `Histogram` without its timestamps */
  histogram(labels: Uint8Array, message: Uint8Array, timestampMs: number, startMs: number): void {
    const start = startMs === 0 ? 0 : 2 + int64Bytes(startMs);
    this.#series(labels, HISTOGRAMS, message.length + 1 + int64Bytes(timestampMs) + start);
    this.#set(message);
    this.#int64(HISTOGRAM_TIMESTAMP, timestampMs);
    if (startMs === 0) return;
    this.#put(HISTOGRAM_START[0]!);
    this.#int64(HISTOGRAM_START[1]!, startMs);
  }

  /** @param own the exemplar's labels, encoded as those of the series */
  exemplar(labels: Uint8Array, own: Uint8Array, value: Uint8Array, timestampMs: number): void {
    const time = 1 + int64Bytes(timestampMs);
    this.#series(labels, EXEMPLARS, own.length + 1 + DOUBLE_BYTES + time);
    this.#set(own);
    this.#put(EXEMPLAR_VALUE);
    this.#set(value);
    this.#int64(EXEMPLAR_TIMESTAMP, timestampMs);
  }

  metadata({ family, type, help, unit }: ShownMetadata): void {
    const said = { family, type: METRIC_TYPES[type] ?? "unknown", help, unit };
    const field = putMetadata(new MessageWriter(), said).finish();
    this.#reserve(field.length);
    this.#set(field);
    this.signals++;
  }

  /** The request, and begins another one. Its bytes are good until that has a signal. */
  take(): Uint8Array {
    const request = this.#out.subarray(0, this.#at);
    this.#at = 0;
    this.signals = 0;
    return request;
  }

  /** Begins a series with one field, whose content follows. */
  #series(labels: Uint8Array, tag: number, length: number): void {
    this.#reserve(labels.length + length + OVERHEAD_BYTES);
    const fieldBytes = 1 + int64Bytes(length) + length;
    this.#out[this.#at++] = TIMESERIES;
    this.#at = putVarint(this.#out, this.#at, labels.length + fieldBytes);
    this.#set(labels);
    this.#out[this.#at++] = tag;
    this.#at = putVarint(this.#out, this.#at, length);
    this.signals++;
  }

  #int64(tag: number, value: number): void {
    this.#put(tag);
    this.#at = putInt64(this.#out, this.#at, value);
  }

  #put(byte: number): void {
    this.#out[this.#at++] = byte;
  }

  #set(bytes: Uint8Array): void {
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const grown = new Uint8Array((this.#at + bytes) * 2);
    grown.set(this.#out.subarray(0, this.#at));
    this.#out = grown;
  }
}

/** Label sets as they stand in requests, each encoded once. */
export class EncodedSets {
  readonly #sets = new Map<number, Uint8Array>();

  /** @param key what stands for these labels */
  of(key: number, labels: () => readonly LabelPair[]): Uint8Array {
    let encoded = this.#sets.get(key);
    if (encoded === undefined) {
      encoded = encodeLabels(labels());
      this.#sets.set(key, encoded);
    }
    return encoded;
  }
}
