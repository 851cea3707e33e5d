/** The same batch in other words: keys in any order, wide integers, `str` for `bin`, keys that nobody knows. */
import { array, bin, float64, key, stringTable, uint } from "./alloy_v1.ts";
import { concat, keyOf, type Row, utf8 } from "./model.ts";

/** Which way of several to take: a number below `count`. */
export type Choose = (count: number) => number;

type Pair = readonly [Uint8Array, Uint8Array | readonly number[]];

function shuffled<T>(items: readonly T[], choose: Choose): T[] {
  const left = [...items];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(choose(left.length), 1));
  return result;
}

function bigEndian(value: bigint, bytes: number): number[] {
  return Array.from(
    { length: bytes },
    (_, i) => Number((value >> BigInt(8 * (bytes - 1 - i))) & 0xffn),
  );
}

function anyInt(value: bigint, choose: Choose): number[] {
  const forms: number[][] = [];
  [1, 2, 4, 8].forEach((bytes, i) => {
    const bits = BigInt(bytes * 8);
    if (BigInt.asIntN(Number(bits), value) === value) {
      forms.push([0xd0 + i, ...bigEndian(value, bytes)]);
    }
    if (BigInt.asUintN(Number(bits), value) === value) {
      forms.push([0xcc + i, ...bigEndian(value, bytes)]);
    }
  });
  if (value >= 0n && value < 0x80n) forms.push([Number(value)]);
  if (value < 0n && value >= -32n) forms.push([Number(value) & 0xff]);
  return forms[choose(forms.length)]!;
}

function anyString(bytes: Uint8Array, choose: Choose): Uint8Array {
  const length = BigInt(bytes.length);
  const forms: Uint8Array[] = [bin(bytes), concat([[0xdb, ...bigEndian(length, 4)], bytes])];
  if (bytes.length < 32) forms.push(concat([[0xa0 | bytes.length], bytes]));
  if (bytes.length < 256) forms.push(concat([[0xd9, bytes.length], bytes]));
  if (bytes.length < 65536) forms.push(concat([[0xda, ...bigEndian(length, 2)], bytes]));
  return forms[choose(forms.length)]!;
}

function anyArray(items: readonly (Uint8Array | readonly number[])[], choose: Choose): Uint8Array {
  const count = BigInt(items.length);
  if (choose(3) === 0) return concat([[0xdd, ...bigEndian(count, 4)], ...items]);
  if (choose(3) === 0) return concat([[0xdc, ...bigEndian(count, 2)], ...items]);
  return array(items);
}

/** Values that a reader of this version knows nothing of. */
const UNKNOWN: readonly Uint8Array[] = [
  new Uint8Array([0xc0]),
  new Uint8Array([0x93, 0xc3, 0x81, 0xa1, 0x78, 0xca, 1, 2, 3, 4, 0xd6, 9, 1, 2, 3, 4]),
  new Uint8Array([0xc7, 3, 5, 1, 2, 3]),
  concat([[0xde, 0, 1], key("k"), float64(1n)]),
];

function anyMap(pairs: readonly Pair[], choose: Choose): Uint8Array {
  const all = [...pairs];
  if (choose(4) === 0) all.push([key("Unknown"), UNKNOWN[choose(UNKNOWN.length)]!]);
  const parts = shuffled(all, choose).flat();
  if (choose(4) === 0) return concat([[0xdf, ...bigEndian(BigInt(all.length), 4)], ...parts]);
  return concat([[0x80 | all.length], ...parts]);
}

const NIL: readonly number[] = [0xc0];

export function encodeVariant(rows: readonly Row[], choose: Choose): Uint8Array {
  const { strings, ids } = stringTable(rows);
  const anyIds = (texts: Uint8Array[]) =>
    anyArray(texts.map((text) => anyInt(BigInt(ids.get(keyOf(text))!), choose)), choose);
  const series = rows.map(({ labels, sample, hash }) => {
    const pairs: Pair[] = [
      [anyString(utf8("LabelsNames"), choose), anyIds(labels.map(({ name }) => name))],
      [key("LabelsValues"), anyIds(labels.map(({ value }) => value))],
      [key("TS"), anyInt(sample.timestampMs, choose)],
      [key("Value"), float64(sample.bits)],
    ];
    if (hash !== 0n || choose(2) === 0) pairs.push([key("Hash"), uint(hash)]);
    if (choose(2) === 0) {
      const none: Pair[] = [[key("FloatHistogram"), NIL], [key("Histogram"), NIL]];
      pairs.push([key("Histograms"), anyMap(none, choose)]);
    }
    return anyMap(pairs, choose);
  });
  const pairs: Pair[] = [
    [key("Strings"), anyArray(strings.map((text) => anyString(text, choose)), choose)],
    [key("Series"), anyArray(series, choose)],
  ];
  if (choose(2) === 0) pairs.push([key("Metadata"), array([])]);
  return anyMap(pairs, choose);
}
