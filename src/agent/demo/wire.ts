/** As much of remote write 1.0 as the demo needs: write samples, count samples. */
import { MessageWriter } from "../../protobuf.ts";
import type { Labels } from "../../types.ts";

const [TIMESERIES, METADATA, SAMPLES] = [1, 3, 2];

/** A series with one sample. */
export interface DemoSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** WriteRequest { timeseries = 1 }, TimeSeries { labels = 1, samples = 2 }. */
export function encodeWriteRequest(samples: readonly DemoSample[]): Uint8Array {
  const request = new MessageWriter();
  for (const { labels, timestampMs, value } of samples) {
    const series = new MessageWriter();
    for (const name of Object.keys(labels).sort()) {
      series.message(1, new MessageWriter().text(1, name).text(2, labels[name]!));
    }
    series.message(2, new MessageWriter().double(1, value).number(2, timestampMs));
    request.message(1, series);
  }
  return request.finish();
}

/** Counts the samples and the metadata of a WriteRequest that is not compressed. */
export function countSignals(request: Uint8Array): number {
  let signals = 0;
  for (const [field, bytes] of fieldsOf(request)) {
    if (field === METADATA) signals++;
    if (field !== TIMESERIES) continue;
    for (const [inner] of fieldsOf(bytes)) if (inner === SAMPLES) signals++;
  }
  return signals;
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
