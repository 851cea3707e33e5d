/** Alloy's file format version 1: written by hand as msgp does, read with @msgpack/msgpack. */
import { decode } from "@msgpack/msgpack";
import { type Bytes, concat, keyOf, type Label, type Row, utf8 } from "./model.ts";

function bigEndian(value: bigint, bytes: number): number[] {
  const all: number[] = [];
  for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    all.push(Number((value >> BigInt(shift)) & 0xffn));
  }
  return all;
}

export function uint(value: bigint): number[] {
  if (value < 0x80n) return [Number(value)];
  if (value < 0x100n) return [0xcc, ...bigEndian(value, 1)];
  if (value < 0x1_0000n) return [0xcd, ...bigEndian(value, 2)];
  if (value < 0x1_0000_0000n) return [0xce, ...bigEndian(value, 4)];
  return [0xcf, ...bigEndian(value, 8)];
}

/** msgp gives a number that is not negative a signed form too, but for those below 128. */
export function int(value: bigint): number[] {
  if (value >= -32n && value < 0x80n) return bigEndian(value, 1);
  if (value >= -0x80n && value < 0n) return [0xd0, ...bigEndian(value, 1)];
  if (value >= -0x8000n && value < 0x8000n) return [0xd1, ...bigEndian(value, 2)];
  if (value >= -0x8000_0000n && value < 0x8000_0000n) return [0xd2, ...bigEndian(value, 4)];
  return [0xd3, ...bigEndian(value, 8)];
}

export function float64(bits: bigint): number[] {
  return [0xcb, ...bigEndian(bits, 8)];
}

export function key(name: string): Uint8Array {
  return concat([[0xa0 | name.length], utf8(name)]);
}

export function array(items: readonly Bytes[]): Uint8Array {
  const count = BigInt(items.length);
  if (items.length < 16) return concat([[0x90 | items.length], ...items]);
  if (items.length < 0x10000) return concat([[0xdc, ...bigEndian(count, 2)], ...items]);
  return concat([[0xdd, ...bigEndian(count, 4)], ...items]);
}

export function bin(bytes: Uint8Array): Uint8Array {
  const length = BigInt(bytes.length);
  if (bytes.length < 0x100) return concat([[0xc4, bytes.length], bytes]);
  if (bytes.length < 0x10000) return concat([[0xc5, ...bigEndian(length, 2)], bytes]);
  return concat([[0xc6, ...bigEndian(length, 4)], bytes]);
}

/** Strings in order of first appearance: name, value, name, value. */
export function stringTable(
  rows: readonly Row[],
): { strings: Uint8Array[]; ids: Map<string, number> } {
  const strings: Uint8Array[] = [];
  const ids = new Map<string, number>();
  for (const text of rows.flatMap(({ labels }) => labels.flatMap((l) => [l.name, l.value]))) {
    const known = keyOf(text);
    if (ids.has(known)) continue;
    ids.set(known, strings.length);
    strings.push(text);
  }
  return { strings, ids };
}

const NO_HISTOGRAMS: readonly Bytes[] = [
  key("Histograms"),
  [0x82],
  key("Histogram"),
  [0xc0],
  key("FloatHistogram"),
  [0xc0],
];

const LABELS_NAMES = key("LabelsNames");
const LABELS_VALUES = key("LabelsValues");
const TS = key("TS");
const VALUE = key("Value");
const HASH = key("Hash");

export function encodeRows(rows: readonly Row[]): Uint8Array {
  const { strings, ids } = stringTable(rows);
  const idsOf = (texts: Uint8Array[]) => array(texts.map((t) => uint(BigInt(ids.get(keyOf(t))!))));
  const series = rows.map(({ labels, sample, hash }) =>
    concat([
      [0x86],
      LABELS_NAMES,
      idsOf(labels.map(({ name }) => name)),
      LABELS_VALUES,
      idsOf(labels.map(({ value }) => value)),
      TS,
      int(sample.timestampMs),
      VALUE,
      float64(sample.bits),
      HASH,
      uint(hash),
      ...NO_HISTOGRAMS,
    ])
  );
  return concat([
    [0x83],
    key("Strings"),
    array(strings.map(bin)),
    key("Series"),
    array(series),
    key("Metadata"),
    array([]),
  ]);
}

interface DecodedGroup {
  readonly Strings: readonly (Uint8Array | string)[];
  readonly Series: readonly {
    readonly LabelsNames: readonly (number | bigint)[];
    readonly LabelsValues: readonly (number | bigint)[];
    readonly TS: number | bigint;
    readonly Value: number;
    readonly Hash: number | bigint;
  }[];
}

/** Rows as @msgpack/msgpack reads them; NaN payloads are lost on that way. */
export function decodeRows(file: Uint8Array): Row[] {
  const group = decode(file, { useBigInt64: true }) as DecodedGroup;
  const strings = group.Strings.map((s) => typeof s === "string" ? utf8(s) : s);
  return group.Series.map((series) => ({
    labels: series.LabelsNames.map((id, i): Label => ({
      name: strings[Number(id)]!,
      value: strings[Number(series.LabelsValues[i])]!,
    })),
    sample: { bits: bitsOf(series.Value), timestampMs: BigInt(series.TS) },
    hash: BigInt(series.Hash),
  }));
}

export function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
