/**
 * Files of the size that is allowed at most, made so that as much as possible must
 * be made of them. They take gigabytes and seconds.
 */
import assert from "node:assert/strict";
import type { LoadableBatch } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { drain, kernel, ONE_SHARD } from "../kernel/support.ts";
import { concat } from "../kernel/twin/model.ts";
import { varint } from "../kernel/twin/request_write.ts";

const BYTES_MAX = 256 * 1024 * 1024;

/** As many repetitions of a piece as fit, with something before and behind them. */
function filled(
  head: (count: number) => Uint8Array,
  piece: readonly number[],
  tail: readonly number[] = [],
): Uint8Array {
  const room = BYTES_MAX - 1024;
  const count = Math.floor(room / piece.length);
  const start = head(count);
  const data = new Uint8Array(start.length + count * piece.length + tail.length);
  data.set(start);
  const end = start.length + count * piece.length;
  data.set(piece, start.length);
  for (let at = start.length + piece.length; at < end;) {
    const bytes = Math.min(at - start.length, end - at);
    data.copyWithin(at, start.length, start.length + bytes);
    at += bytes;
  }
  data.set(tail, end);
  return data;
}

const text = (one: string): number[] => [0xa0 | one.length, ...new TextEncoder().encode(one)];
const array = (count: number): number[] => [
  0xdd,
  count >>> 24,
  (count >>> 16) & 0xff,
  (count >>> 8) & 0xff,
  count & 0xff,
];
const bytes = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array => concat(parts);

/** An Alloy v1 file of one string and one series, whose histogram has one list that is long. */
const longList = (name: string, piece: readonly number[]): Uint8Array =>
  filled(
    (count) =>
      bytes(
        [0x82, ...text("Strings"), 0x91, ...text("a"), ...text("Series"), 0x91, 0x85],
        [...text("LabelsNames"), 0x91, 0, ...text("LabelsValues"), 0x91, 0],
        [...text("TS"), 1, ...text("Value"), 1, ...text("Histograms"), 0x81],
        [...text("FloatHistogram"), 0x81, ...text(name), ...array(count)],
      ),
    piece,
  );

/** One record of Alloy v2 that holds a TimeSeries of one field, repeated. */
const longRecord = (piece: readonly number[]): Uint8Array =>
  filled(
    (count) => bytes([1, 2, 0, 3, 4], varint(BigInt(count * piece.length))),
    piece,
    [1, 1],
  );

const walqHead =
  (counts: readonly number[], section: number): (count: number) => Uint8Array => (count) =>
    bytes(
      [0x57, 0x41, 0x4c, 0x51, 1],
      ...counts.map((one) => varint(BigInt(one < 0 ? count : one))),
      [section],
      varint(BigInt(count)),
    );

const V1 = "alloy.metrics.queue.v1";
const V2 = "alloy.metrics.queue.v2";
const WALQ = "walq.metrics.v1";

const FILES: readonly (readonly [string, string, () => Uint8Array])[] = [
  ["records without content", V2, () => filled(() => bytes(), [1, 2, 0, 1, 1])],
  [
    "records of one histogram",
    V2,
    () =>
      filled(() => bytes(), [1, 2, 0, 3, 4, 10, 0x0a, 4, 0x0a, 0, 0x12, 0, 0x22, 0, 0x22, 0, 1, 1]),
  ],
  [
    "records of broken exemplars",
    V2,
    () => filled(() => bytes(), [1, 2, 0, 3, 4, 4, 0x1a, 2, 0x0a, 0, 1, 1]),
  ],
  ["a record of labels without names", V2, () => longRecord([0x0a, 3, 0x12, 1, 0x78])],
  ["a record of exemplars", V2, () => longRecord([0x1a, 0])],
  [
    "strings",
    V1,
    () => filled((count) => bytes([0x82, ...text("Strings"), ...array(count)]), [0xa0]),
  ],
  [
    "labels of one row",
    V1,
    () =>
      filled(
        (count) =>
          bytes([0x82, ...text("Series"), 0x91, 0x84, ...text("LabelsNames"), ...array(count)]),
        [0],
      ),
  ],
  ["whole numbers for counts", V1, () => longList("PositiveCounts", [1])],
  ["whole numbers for deltas", V1, () => longList("PositiveDeltas", [1])],
  ["spans", V1, () => longList("PositiveSpans", [0x80])],
  ["strings of no length", WALQ, () => filled(walqHead([-1, 0, 0, 0, 0], 1), [0])],
  ["shapes of no labels", WALQ, () => filled(walqHead([0, -1, 0, 0, 0], 3), [0])],
  ["sets", WALQ, () => filled(walqHead([0, 1, -1, 0, 0], 4), [0])],
  ["metadata", WALQ, () => filled(walqHead([0, 0, 0, 0, -1], 14), [1])],
];

/** Reads every file. Tells what came of it; throws when that is no clear answer. */
export function* readLargeFiles(): Generator<string> {
  for (const [what, format, make] of FILES) {
    const file: LoadableBatch = { format, compression: "none", data: make(), checksum: undefined };
    yield `${format} of ${what}: ${outcomeOf(file)}`;
  }
}

function outcomeOf(file: LoadableBatch): string {
  const reader = kernel.createReader({ ...ONE_SHARD, uncompressedBytesMax: BYTES_MAX });
  try {
    const { signals } = reader.load(file);
    const { requests, unsupported } = drain(reader);
    const sent = requests.reduce((sum, { body }) => sum + body.signals, reader.openSignals(0));
    assert.equal(sent + unsupported, signals);
    return `${sent} signals sent, ${unsupported} dropped`;
  } catch (error) {
    assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
    assert.doesNotMatch(error.message, /trapped|unknown fault/);
    return error.message;
  }
}
