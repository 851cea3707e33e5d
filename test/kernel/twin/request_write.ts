/** Writes remote write 1.0 requests, for input and as the twin of the kernel's encoder. */
import { type Bytes, concat, type Label, lengthOf, type Row, type Sample } from "./model.ts";

export function varint(value: bigint): number[] {
  if (value >= 0n && value < 0x80n) return [Number(value)];
  let left = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return bytes;
}

export function fixed64(bits: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, bits, true);
  return bytes;
}

/** A length-delimited field. */
export function message(field: number, ...parts: Bytes[]): Uint8Array {
  return concat([varint(BigInt(field * 8 + 2)), varint(BigInt(lengthOf(parts))), ...parts]);
}

export function labelField(label: Label): Uint8Array {
  return message(1, message(1, label.name), message(2, label.value));
}

export function sampleField(sample: Sample): Uint8Array {
  return message(2, [0x09], fixed64(sample.bits), [0x10], varint(sample.timestampMs));
}

export function seriesField(labels: readonly Label[], samples: readonly Sample[]): Uint8Array {
  return message(1, ...labels.map(labelField), ...samples.map(sampleField));
}

/** The request that a shard sends: one series a row. */
export function writeRows(rows: readonly Row[]): Uint8Array {
  return concat(rows.map((row) => seriesField(row.labels, [row.sample])));
}
