/**
 * Remote write 1.0 by hand, slow and obvious, independent of the kernel: what
 * tests send with, and what they read the endpoint's bytes with.
 */
import { compress, uncompress } from "./hysnappy.ts";

/** One series of a request. Values as bits, so that NaN payloads can be compared. */
export interface WireSeries {
  readonly labels: readonly (readonly [string, string])[];
  readonly samples: readonly { readonly valueBits: bigint; readonly timestampMs: bigint }[];
  /** Missing where there are none. */
  readonly histograms?: readonly WireHistogram[];
  /** Written, and passed over when it is read. */
  readonly exemplars?: readonly WireSeries["samples"][number][];
}

/** A histogram, by its sum. */
export interface WireHistogram {
  readonly sumBits: bigint;
  readonly timestampMs: bigint;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A series with one sample. */
export function wireSeries(
  labels: Readonly<Record<string, string>>,
  timestampMs: number,
  value: number,
): WireSeries {
  const sample = { valueBits: bitsOf(value), timestampMs: BigInt(timestampMs) };
  return { labels: Object.entries(labels), samples: [sample] };
}

/** A series with one histogram of two observations, which are in the zero bucket. */
export function wireHistogram(
  labels: Readonly<Record<string, string>>,
  timestampMs: number,
  sum: number,
): WireSeries {
  const histogram = { sumBits: bitsOf(sum), timestampMs: BigInt(timestampMs) };
  return { labels: Object.entries(labels), samples: [], histograms: [histogram] };
}

/** The bits of a double. */
export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** A WriteRequest, not compressed; metadata by its family and help, behind the series. */
export function encodePlainRequest(
  all: readonly WireSeries[],
  metadata: readonly (readonly [family: string, help: string])[] = [],
): Uint8Array {
  const series = all.flatMap((one) => field(0x0a, encodeSeries(one)));
  const entries = metadata.flatMap(([family, help]) =>
    field(0x1a, [
      ...[0x08, 2, ...field(0x12, [...encoder.encode(family)])],
      ...field(0x22, [...encoder.encode(help)]),
    ])
  );
  return Uint8Array.from([...series, ...entries]);
}

/** A WriteRequest under snappy, as it travels. */
export function encodeRequest(all: readonly WireSeries[]): Uint8Array {
  return compress(encodePlainRequest(all));
}

/** Reads a WriteRequest under snappy. */
export function decodeRequest(body: Uint8Array): WireSeries[] {
  return decodePlainRequest(uncompress(body));
}

/** Reads the series of a WriteRequest that is not compressed. */
export function decodePlainRequest(bytes: Uint8Array): WireSeries[] {
  return fieldsOf(bytes).flatMap(({ tag, bytes: inner }) => {
    if (tag === 0x1a) return [];
    if (tag !== 0x0a) throw new Error(`tag ${tag} in a WriteRequest`);
    return [decodeSeries(inner)];
  });
}

function encodeSeries({ labels, samples, histograms = [], exemplars = [] }: WireSeries): number[] {
  const encodedLabels = labels.flatMap(([name, value]) =>
    field(0x0a, [
      ...field(0x0a, [...encoder.encode(name)]),
      ...field(0x12, [...encoder.encode(value)]),
    ])
  );
  const encodedSamples = samples.flatMap(({ valueBits, timestampMs }) =>
    field(0x12, [0x09, ...fixed64(valueBits), 0x10, ...varint(BigInt.asUintN(64, timestampMs))])
  );
  const encodedExemplars = exemplars.flatMap(({ valueBits, timestampMs }) =>
    field(0x1a, [0x11, ...fixed64(valueBits), 0x18, ...varint(BigInt.asUintN(64, timestampMs))])
  );
  const encodedHistograms = histograms.flatMap(encodeHistogram);
  return [...encodedLabels, ...encodedSamples, ...encodedExemplars, ...encodedHistograms];
}

/** Two observations in the zero bucket. */
function encodeHistogram({ sumBits, timestampMs }: WireHistogram): number[] {
  return field(0x22, [
    ...[0x08, 2, 0x19, ...fixed64(sumBits), 0x29, ...fixed64(bitsOf(0.001)), 0x30, 2],
    ...[0x78, ...varint(BigInt.asUintN(64, timestampMs))],
  ]);
}

function field(tag: number, bytes: readonly number[]): number[] {
  return [tag, ...varint(BigInt(bytes.length)), ...bytes];
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function fixed64(bits: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) => Number((bits >> BigInt(index * 8)) & 0xffn));
}

/** One field of a message. */
export interface Field {
  readonly tag: number;
  /** The value of a varint or a fixed64. */
  readonly value: bigint;
  readonly bytes: Uint8Array;
}

/** The fields of a message, in order. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a varint is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  };
  while (at < bytes.length) {
    const tag = Number(readVarint());
    const wire = tag & 7;
    if (wire === 0) fields.push({ tag, value: readVarint(), bytes: new Uint8Array() });
    else if (wire === 1) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
      fields.push({ tag, value: view.getBigUint64(0, true), bytes: new Uint8Array() });
      at += 8;
    } else if (wire === 2) {
      const length = Number(readVarint());
      if (at + length > bytes.length) throw new Error("a field is cut off");
      fields.push({ tag, value: 0n, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else throw new Error(`wire type ${wire}`);
  }
  return fields;
}

/** A Histogram of either version: the sum and the timestamp have the same numbers in both. */
export function decodeHistogram(bytes: Uint8Array): WireHistogram {
  const fields = fieldsOf(bytes);
  const find = (wanted: number): bigint => fields.find(({ tag }) => tag === wanted)?.value ?? 0n;
  return { sumBits: find(0x19), timestampMs: BigInt.asIntN(64, find(0x78)) };
}

function decodeSeries(bytes: Uint8Array): WireSeries {
  const labels: [string, string][] = [];
  const samples: { valueBits: bigint; timestampMs: bigint }[] = [];
  const histograms: WireHistogram[] = [];
  for (const { tag, bytes: inner } of fieldsOf(bytes)) {
    const fields = fieldsOf(inner);
    const find = (wanted: number): Field | undefined => fields.find((one) => one.tag === wanted);
    if (tag === 0x0a) {
      labels.push([decoder.decode(find(0x0a)?.bytes), decoder.decode(find(0x12)?.bytes)]);
    } else if (tag === 0x12) {
      const timestampMs = BigInt.asIntN(64, find(0x10)?.value ?? 0n);
      samples.push({ valueBits: find(0x09)?.value ?? 0n, timestampMs });
    } else if (tag === 0x22) histograms.push(decodeHistogram(inner));
    else if (tag !== 0x1a) throw new Error(`tag ${tag} in a TimeSeries`);
  }
  return { labels, samples, ...(histograms.length > 0 ? { histograms } : {}) };
}
