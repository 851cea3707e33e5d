/**
 * Reads remote write 1.0 requests, independently of the kernel: no object is
 * made for a sample, so that an endpoint can check a million of them in passing.
 */
import { snappyUncompressor } from "hysnappy";
import { type Cursor, readVarint } from "./read_varint.ts";

/** Told once for each sample. The labels are the bytes `[labelsAt, labelsEnd)` of the plain request. */
export type SampleVisitor = (
  plain: Uint8Array,
  labelsAt: number,
  labelsEnd: number,
  timestampMs: number,
  value: number,
) => void;

const TAG_TIMESERIES = 0x0a;
const TAG_METADATA = 0x1a;
const TAG_LABELS = 0x0a;
const TAG_SAMPLES = 0x12;
const TAG_VALUE = 0x09;
const TAG_TIMESTAMP = 0x10;

const uncompress = snappyUncompressor();
const cursor: Cursor = { at: 0 };

/** Undoes snappy. */
export function plainRequest(body: Uint8Array): Uint8Array {
  cursor.at = 0;
  return uncompress(body, readVarint(body, cursor));
}

/** Visits every sample of a request under snappy, in order, and passes metadata over; throws when it is malformed. */
export function visitSamples(body: Uint8Array, visit: SampleVisitor): void {
  const plain = plainRequest(body);
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  for (let at = 0; at < plain.length;) {
    const tag = plain[at];
    if (tag !== TAG_TIMESERIES && tag !== TAG_METADATA) {
      throw new Error(`tag ${tag} in a WriteRequest`);
    }
    cursor.at = at + 1;
    const length = readVarint(plain, cursor);
    at = cursor.at + length;
    if (at > plain.length) throw new Error("a TimeSeries or a MetricMetadata is cut off");
    if (tag === TAG_TIMESERIES) visitSeries(plain, view, at, visit);
  }
}

/** Labels come first, then samples: so every sender known writes them. */
function visitSeries(plain: Uint8Array, view: DataView, end: number, visit: SampleVisitor): void {
  const labelsAt = cursor.at;
  while (cursor.at < end && plain[cursor.at] === TAG_LABELS) {
    cursor.at++;
    const length = readVarint(plain, cursor);
    cursor.at += length;
  }
  const labelsEnd = cursor.at;
  while (cursor.at < end) {
    if (plain[cursor.at++] !== TAG_SAMPLES) throw new Error("expected a sample after the labels");
    const length = readVarint(plain, cursor);
    const sampleEnd = cursor.at + length;
    let value = 0;
    let timestampMs = 0;
    while (cursor.at < sampleEnd) {
      const tag = plain[cursor.at++];
      if (tag === TAG_VALUE) {
        value = view.getFloat64(cursor.at, true);
        cursor.at += 8;
      } else if (tag === TAG_TIMESTAMP) timestampMs = readVarint(plain, cursor);
      else throw new Error(`tag ${tag} in a Sample`);
    }
    if (cursor.at !== sampleEnd) throw new Error("a Sample is cut off");
    visit(plain, labelsAt, labelsEnd, timestampMs, value);
  }
  if (cursor.at !== end) throw new Error("a TimeSeries ends in the middle of a field");
}
