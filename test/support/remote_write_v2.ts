/** Reads the samples and histograms of remote write 2.0 by hand, slow and obvious: none of walq's own code, and faster than protobufjs. */
import {
  decodeHistogram,
  fieldsOf,
  type WireHistogram,
  type WireSeries,
} from "./remote_write_v1.ts";

/** Reads a Request that is not compressed ; exemplars and metadata are passed over. */
export function decodePlainRequestV2(bytes: Uint8Array): WireSeries[] {
  const symbols: string[] = [];
  const series: Uint8Array[] = [];
  for (const { tag, bytes: inner } of fieldsOf(bytes)) {
    if (tag === 0x22) symbols.push(new TextDecoder().decode(inner));
    else if (tag === 0x2a) series.push(inner);
    else throw new Error(`tag ${tag} in a Request`);
  }
  if (symbols[0] !== "") throw new Error("the first symbol is not empty");
  return series.map((one) => decodeSeries(one, symbols));
}

function decodeSeries(bytes: Uint8Array, symbols: readonly string[]): WireSeries {
  const labels: [string, string][] = [];
  const samples: { valueBits: bigint; timestampMs: bigint }[] = [];
  const histograms: WireHistogram[] = [];
  for (const { tag, bytes: inner } of fieldsOf(bytes)) {
    if (tag === 0x0a) {
      const texts = varintsOf(inner).map((reference) => textOf(symbols, reference));
      for (let at = 0; at < texts.length; at += 2) labels.push([texts[at]!, texts[at + 1]!]);
    } else if (tag === 0x12) {
      const fields = fieldsOf(inner);
      const find = (wanted: number): bigint =>
        fields.find((field) => field.tag === wanted)?.value ?? 0n;
      samples.push({ valueBits: find(0x09), timestampMs: BigInt.asIntN(64, find(0x10)) });
    } else if (tag === 0x1a) histograms.push(decodeHistogram(inner));
    else if (tag !== 0x22 && tag !== 0x2a) throw new Error(`tag ${tag} in a TimeSeries`);
  }
  return { labels, samples, histograms };
}

function textOf(symbols: readonly string[], reference: number): string {
  const text = symbols[reference];
  if (text === undefined) throw new Error(`no symbol ${reference} of ${symbols.length}`);
  return text;
}

function varintsOf(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    values.push(value);
    value = 0;
    scale = 1;
  }
  return values;
}
