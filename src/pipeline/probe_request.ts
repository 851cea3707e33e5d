import { MessageWriter, putVarint, varintBytes } from "../protobuf.ts";
import type { Labels, ProtobufMessage } from "../types.ts";

/** One sample of value 1 as a remote write request, under snappy. */
export function sampleRequest(
  labels: Labels,
  timestampMs: number,
  message: ProtobufMessage,
): Uint8Array {
  // Both protocols ask for labels in the order of their names.
  const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
  const sample = new MessageWriter().double(1, 1).number(2, timestampMs);
  const isV2 = message === "io.prometheus.write.v2.Request";
  const request = isV2 ? requestV2(pairs, sample) : requestV1(pairs, sample);
  return stored(request.finish());
}

type Pairs = readonly (readonly [string, string])[];

function requestV1(pairs: Pairs, sample: MessageWriter): MessageWriter {
  const series = new MessageWriter();
  for (const [name, value] of pairs) {
    series.message(1, new MessageWriter().text(1, name).text(2, value));
  }
  return new MessageWriter().message(1, series.message(2, sample));
}

/** Symbols (4), the first of them empty, and the series (5), whose labels are their numbers. */
function requestV2(pairs: Pairs, sample: MessageWriter): MessageWriter {
  const request = new MessageWriter().text(4, "");
  for (const text of pairs.flat()) request.text(4, text);
  const numbers = pairs.flat().map((_text, index) => index + 1);
  const series = new MessageWriter().bytes(1, varints(numbers)).message(2, sample);
  return request.message(5, series);
}

function varints(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.reduce((sum, value) => sum + varintBytes(value), 0));
  values.reduce((at, value) => putVarint(out, at, value), 0);
  return out;
}

/** Snappy that compresses nothing: its length, and one literal whose length follows in four bytes. */
function stored(bytes: Uint8Array): Uint8Array {
  const head = varintBytes(bytes.length);
  const out = new Uint8Array(head + 5 + bytes.length);
  putVarint(out, 0, bytes.length);
  out[head] = 63 << 2;
  new DataView(out.buffer).setUint32(head + 1, bytes.length - 1, true);
  out.set(bytes, head + 5);
  return out;
}
