/**
 * Requests made so that as much as possible must be made of each byte: whatever can
 * be repeated cheaply, repeated as often as the request has room for. Under snappy
 * most of them are small.
 */
import { type Bytes, concat } from "../kernel/twin/model.ts";
import { message, varint } from "../kernel/twin/request_write.ts";

/** A request of one form, of `bytesMax` bytes at most when it is unpacked. */
export interface DenseForm {
  readonly name: string;
  readonly version: "v1" | "v2";
  /** Under snappy. */
  readonly make: (bytesMax: number, nowMs: number) => Uint8Array;
}

const encoder = new TextEncoder();
const text = (value: string): Uint8Array => encoder.encode(value);

/** Snappy elements for bytes as they are. */
function literal(bytes: Uint8Array): Uint8Array[] {
  const { length } = bytes;
  if (length === 0) return [];
  const size = length - 1;
  return [Uint8Array.of(63 << 2, size, size >>> 8, size >>> 16, size >>> 24), bytes];
}

/** A snappy block of `count` repetitions of a piece, between a head and a tail. */
function repeated(piece: Uint8Array, count: number, head: Bytes, tail: Bytes = []): Uint8Array {
  const copied = piece.length * (count - 1);
  const elements = new Uint8Array(Math.ceil(copied / 64) * 3);
  for (let at = 0, left = copied; left > 0; at += 3, left -= 64) {
    const bytes = Math.min(64, left);
    elements.set([((bytes - 1) << 2) | 2, piece.length & 0xff, piece.length >>> 8], at);
  }
  const start = concat([head, piece]);
  const end = concat([tail]);
  const total = start.length + copied + end.length;
  return concat([varint(BigInt(total)), ...literal(start), elements, ...literal(end)]);
}

function plain(bytes: Uint8Array): Uint8Array {
  return concat([varint(BigInt(bytes.length)), ...literal(bytes)]);
}

/** As many repetitions as fit, at the top of the request. */
const onTop = (piece: Bytes, head: Bytes = []) => (bytesMax: number): Uint8Array => {
  const one = concat([piece]);
  return repeated(one, Math.floor((bytesMax - head.length) / one.length), head);
};

/** As many repetitions as fit, in the one series of the request. */
const inSeries = (field: 1 | 5, own: Bytes, piece: Bytes, top: Bytes = []) =>
(
  bytesMax: number,
): Uint8Array => {
  const one = concat([piece]);
  const count = Math.floor((bytesMax - own.length - top.length - 16) / one.length);
  const bytes = own.length + one.length * count;
  return repeated(one, count, concat([top, [field << 3 | 2], varint(BigInt(bytes)), own]));
};

const NAME = message(1, message(1, text("__name__")), message(2, text("up")));
const SYMBOLS = concat(["", "__name__", "up", "a", "b"].map((one) => message(4, text(one))));
const REFS = message(1, [1, 2]);
const sampleNow = (nowMs: number): Uint8Array => message(2, [0x10], varint(BigInt(nowMs)));
const histogramNow = (field: 3 | 4, nowMs: number): Uint8Array =>
  message(field, [0x78], varint(BigInt(nowMs)));
const exemplarNow = (field: 3 | 4, nowMs: number): Uint8Array =>
  message(field, [0x18], varint(BigInt(nowMs)));

/** Texts that do not come twice: five letters each. */
function* distinct(): Generator<Uint8Array> {
  for (let n = 0;; n++) {
    const letter = (shift: number): number => 97 + ((n >>> shift) & 15);
    yield Uint8Array.of(letter(0), letter(5), letter(10), letter(15), letter(20));
  }
}

/** What a function makes of one text after the other, until there is no more room. */
function ofDistinct(
  bytesMax: number,
  head: Uint8Array,
  make: (one: Uint8Array, at: number) => Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(bytesMax);
  bytes.set(head);
  let length = head.length;
  let at = 0;
  for (const one of distinct()) {
    const piece = make(one, at++);
    if (length + piece.length > bytesMax) break;
    bytes.set(piece, length);
    length += piece.length;
  }
  return plain(bytes.subarray(0, length));
}

/** Bytes that nothing can be saved of, and that are ASCII. */
function noise(bytes: number, seed: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < bytes; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    all[at] = 32 + (state >>> 0) % 90;
  }
  return all;
}

/** Series of long labels that nothing can be saved of. */
function ofNoise(bytesMax: number, labelBytes: number, nowMs: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let seed = 1;; seed++) {
    const label = message(1, message(1, text("a")), message(2, noise(labelBytes, seed)));
    const series = message(1, NAME, label, sampleNow(nowMs));
    if (length + series.length > bytesMax) return plain(concat(parts));
    parts.push(series);
    length += series.length;
  }
}

const v1 = (name: string, make: DenseForm["make"]): DenseForm => ({ name, version: "v1", make });
const v2 = (name: string, make: DenseForm["make"]): DenseForm => ({ name, version: "v2", make });

/** Every field that can come again and again, in both versions. */
export const DENSE_FORMS: readonly DenseForm[] = [
  v1("empty samples", inSeries(1, NAME, [0x12, 0])),
  v1("samples without a value", (max, now) => inSeries(1, NAME, sampleNow(now))(max)),
  v1("samples before the labels", (max, now) => {
    const one = sampleNow(now);
    const count = Math.floor((max - 64) / one.length);
    const head = concat([[0x0a], varint(BigInt(one.length * count + NAME.length))]);
    return repeated(one, count, head, NAME);
  }),
  v1("empty histograms", inSeries(1, NAME, [0x22, 0])),
  v1("histograms without a count", (max, now) => inSeries(1, NAME, histogramNow(4, now))(max)),
  v1("empty exemplars", inSeries(1, NAME, [0x1a, 0])),
  v1("exemplars without a value", (max, now) => inSeries(1, NAME, exemplarNow(3, now))(max)),
  v1("empty labels", inSeries(1, NAME, [0x0a, 0])),
  v1("labels without a name", inSeries(1, NAME, [0x0a, 3, 0x12, 1, 0x78])),
  v1("the same label", inSeries(1, NAME, [0x0a, 6, 0x0a, 1, 0x61, 0x12, 1, 0x78])),
  v1("empty series", onTop([0x0a, 0])),
  v1("series of a name", onTop(message(1, NAME))),
  v1("series of one empty sample", onTop(message(1, [0x12, 0]))),
  v1("series of one sample", (max, now) => onTop(message(1, NAME, sampleNow(now)))(max)),
  v1("empty metadata", onTop([0x1a, 0])),
  v1("metadata of one family", onTop(message(3, message(2, text("a"))))),
  v1("unknown fields of the request", onTop([0x38, 0])),
  v1("unknown fields of a series", inSeries(1, NAME, [0x38, 0])),
  v1(
    "series of their own names",
    (max, now) =>
      ofDistinct(
        max,
        new Uint8Array(),
        (one) =>
          message(1, message(1, message(1, text("__name__")), message(2, one)), sampleNow(now)),
      ),
  ),
  v1(
    "series of their own labels",
    (max, now) =>
      ofDistinct(
        max,
        new Uint8Array(),
        (one) => message(1, NAME, message(1, message(1, one), message(2, one)), sampleNow(now)),
      ),
  ),
  v1(
    "metadata of their own families",
    (max) => ofDistinct(max, new Uint8Array(), (one) => message(3, message(2, one))),
  ),
  v1(
    "exemplars of their own labels",
    (max, now) =>
      ofDistinct(
        max,
        new Uint8Array(),
        (one) =>
          message(
            1,
            NAME,
            sampleNow(now),
            message(3, message(1, message(1, one), message(2, one))),
          ),
      ),
  ),
  v1("spans of histograms", (max, now) => {
    const spans = new Uint8Array(60_000).map((_, at) => at % 2 === 0 ? 0x5a : 0);
    return onTop(message(1, NAME, message(4, spans, [0x78], varint(BigInt(now)))))(max);
  }),
  v1("buckets of histograms", (max, now) => {
    const deltas = message(12, new Uint8Array(60_000));
    const span = message(11, [0x10], varint(60_000n));
    return onTop(message(1, NAME, message(4, span, deltas, [0x78], varint(BigInt(now)))))(max);
  }),
  v1("long labels of noise", (max, now) => ofNoise(max, 1_000_000, now)),
  v1("short labels of noise", (max, now) => ofNoise(max, 200, now)),
  v2("empty symbols", onTop([0x22, 0])),
  v2("symbols of their own", (max) => ofDistinct(max, message(4), (one) => message(4, one))),
  v2("empty series", onTop([0x2a, 0], SYMBOLS)),
  v2("series of labels alone", onTop(message(5, REFS), SYMBOLS)),
  v2("series of one sample", (max, now) => onTop(message(5, REFS, sampleNow(now)), SYMBOLS)(max)),
  v2("series by turns", (max, now) =>
    onTop(
      concat([
        message(5, message(1, [1, 2, 3, 4]), sampleNow(now)),
        message(5, message(1, [1, 2, 3, 3]), sampleNow(now)),
      ]),
      SYMBOLS,
    )(max)),
  v2(
    "series of one exemplar",
    (max, now) => onTop(message(5, REFS, exemplarNow(4, now)), SYMBOLS)(max),
  ),
  v2("empty samples", inSeries(5, REFS, [0x12, 0], SYMBOLS)),
  v2("samples without a value", (max, now) => inSeries(5, REFS, sampleNow(now), SYMBOLS)(max)),
  v2("empty histograms", inSeries(5, REFS, [0x1a, 0], SYMBOLS)),
  v2(
    "histograms without a count",
    (max, now) => inSeries(5, REFS, histogramNow(3, now), SYMBOLS)(max),
  ),
  v2("empty exemplars", inSeries(5, REFS, [0x22, 0], SYMBOLS)),
  v2("empty metadata", inSeries(5, REFS, [0x2a, 0], SYMBOLS)),
  v2("references one by one", inSeries(5, REFS, [0x08, 3], SYMBOLS)),
  v2("empty lists of references", inSeries(5, REFS, [0x0a, 0], SYMBOLS)),
  v2("references in a list", (max) => {
    const count = Math.floor((max - 128) / 2) * 2;
    const list = concat([[0x0a], varint(BigInt(count))]);
    const bytes = list.length + count;
    const head = concat([SYMBOLS, [0x2a], varint(BigInt(bytes)), list]);
    return repeated(Uint8Array.of(3, 4), count / 2, head);
  }),
  v2("series of long labels", (max, now) => {
    const long = text("x".repeat(500_000));
    const symbols = concat([SYMBOLS, message(4, long)]);
    return onTop(message(5, message(1, [1, 2, 3, 5]), sampleNow(now)), symbols)(max);
  }),
  v2("series of many labels", (max, now) => {
    const names = Array.from({ length: 60 }, (_, n) => text(`label_${n + 10}`));
    const symbols = concat([SYMBOLS, ...names.map((one) => message(4, one))]);
    const refs = names.flatMap((_, n) => [5 + n, 3]);
    return onTop(
      concat(
        [3, 4].map((last) =>
          message(5, message(1, [1, 2, ...refs.slice(0, -1), last]), sampleNow(now))
        ),
      ),
      symbols,
    )(max);
  }),
  v2("metadata of long help", (max, now) => {
    const symbols = concat([SYMBOLS, message(4, text("x".repeat(500_000)))]);
    const metadata = message(5, [0x08, 1, 0x18, 5]);
    return onTop(message(5, REFS, sampleNow(now), metadata), symbols)(max);
  }),
];
