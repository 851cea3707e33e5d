/** As much of remote write 1.0 as the demo needs: write samples, count samples. */
import type { Labels } from "../../types.ts";

const encoder = new TextEncoder();

/** A series with one sample. */
export interface DemoSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** WriteRequest { timeseries = 1 }, TimeSeries { labels = 1, samples = 2 }. */
export function encodeWriteRequest(samples: readonly DemoSample[]): Uint8Array {
  return Uint8Array.from(samples.flatMap((sample) => field(1, encodeSeries(sample))));
}

function encodeSeries({ labels, timestampMs, value }: DemoSample): number[] {
  const names = Object.keys(labels).sort();
  const pairs = names.flatMap((name) => field(1, [...text(1, name), ...text(2, labels[name]!)]));
  const bits = new Uint8Array(8);
  new DataView(bits.buffer).setFloat64(0, value, true);
  return [...pairs, ...field(2, [0x09, ...bits, 0x10, ...varint(timestampMs)])];
}

function text(number: number, value: string): number[] {
  return field(number, [...encoder.encode(value)]);
}

/** A field of bytes. */
function field(number: number, bytes: readonly number[]): number[] {
  return [number * 8 + 2, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** Counts the samples of a WriteRequest that is not compressed. */
export function countSamples(request: Uint8Array): number {
  let samples = 0;
  for (const [series, seriesBytes] of fieldsOf(request)) {
    if (series !== 1) continue;
    for (const [inner] of fieldsOf(seriesBytes)) if (inner === 2) samples++;
  }
  return samples;
}

/** The fields of bytes in a message that has no others; both levels here are such. */
function* fieldsOf(message: Uint8Array): Generator<[number: number, bytes: Uint8Array]> {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("a request is cut off");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = readVarint();
    if ((tag & 7) !== 2) throw new Error(`wire type ${tag & 7} in a request`);
    const length = readVarint();
    if (at + length > message.length) throw new Error("a request is cut off");
    yield [tag >> 3, message.subarray(at, at + length)];
    at += length;
  }
}
