/**
 * Counts the samples of requests of remote write 2.0, independently of the kernel.
 *
 *     Request { symbols = 4, timeseries = 5 }    TimeSeries { labels_refs = 1, samples = 2 }
 */
import { type Cursor, readVarint } from "../test/peers/support/read_varint.ts";

const TAG_TIMESERIES = 0x2a;
const TAG_SAMPLES = 0x12;
const LENGTH_DELIMITED = 2;

const cursor: Cursor = { at: 0 };

/** How many a request without compression has; throws when it is malformed. */
export function countSamples(plain: Uint8Array): number {
  let samples = 0;
  eachField(plain, 0, plain.length, (tag, at, end) => {
    if (tag === TAG_TIMESERIES) {
      eachField(plain, at, end, (inner) => {
        if (inner === TAG_SAMPLES) samples++;
      });
    }
  });
  return samples;
}

/** All fields of both messages have a length. */
function eachField(
  plain: Uint8Array,
  from: number,
  to: number,
  visit: (tag: number, at: number, end: number) => void,
): void {
  for (let at = from; at < to;) {
    const tag = plain[at]!;
    if (tag % 8 !== LENGTH_DELIMITED) throw new Error(`tag ${tag} in a request of 2.0`);
    cursor.at = at + 1;
    const length = readVarint(plain, cursor);
    at = cursor.at + length;
    if (at > to) throw new Error("a field is cut off");
    visit(tag, at - length, at);
  }
}
