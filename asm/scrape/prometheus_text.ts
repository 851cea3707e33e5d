/**
 * Reads Prometheus's text format, as Prometheus 3 does: 0.0.4, and 1.0.0 with names in
 * quotes, which are read alike.
 */
import {
  FAULT_PAGE_LINE_END,
  FAULT_PAGE_LINE_START,
  FAULT_PAGE_METADATA_NAME,
  FAULT_PAGE_METADATA_TEXT,
  FAULT_PAGE_NUMBER,
  FAULT_PAGE_RANGE,
  FAULT_PAGE_TIMED,
  FAULT_PAGE_TIMESTAMP,
  FAULT_PAGE_TYPE,
  FAULT_UTF8,
} from "../abi/layout";
import { fail } from "../abi/result";
import { isText } from "../bytes/texts";
import { isUtf8 } from "../bytes/utf8";
import { lineEnd } from "../bytes/alike";
import { HELP_TEXT, METADATA_HELP, METADATA_TYPE, RECORD_SERIES } from "./records";
import { DIALECT_TEXT, isBlank, isDigit, passBlanks, passQuoted } from "./label_text";
import { NUMBER_RANGE, NUMBER_READ, numberBits, numberEnd, readNumber } from "./number";
import { expectedIn, follow, metadataWith, refusesTimestamps, seeMetadata, seriesWith, target } from "./page";
import { endSeries, takeSeries } from "./series_rows";
import { isNameByte, isNameStart, passSeries } from "./series_text";
import { lineOf } from "./target";
import { TYPE_COUNTER, TYPE_GAUGE, TYPE_HISTOGRAM, TYPE_NONE, TYPE_SUMMARY, TYPE_UNKNOWN } from "./types";

const LINE_FEED: u32 = 0x0a;
const OPEN: u32 = 0x7b;
const CLOSE: u32 = 0x7d;
const TIMESTAMP_MAX: u64 = 0x7fff_ffff_ffff_ffff;

/** Reads a page whose last byte is a line feed. Returns false after a fault. */
export function readText(at: usize, end: usize): bool {
  while (at < end) {
    const offset = expectedIn(at, end);
    if (offset != 0) {
      const line = lineOf(target, offset);
      const next = at + <usize> line.keyBytes;
      if (line.kind == RECORD_SERIES) {
        if (load<u8>(next - 1) == CLOSE || endsName(next)) {
          follow(offset);
          at = readSample(next, end, offset);
          if (at == 0) return false;
          continue;
        }
      } else if (load<u8>(next) == LINE_FEED) {
        if (!endSeries(false)) return false;
        follow(offset);
        seeMetadata(offset);
        at = next + 1;
        continue;
      }
    }
    at = readLine(at, end);
    if (at == 0) return false;
  }
  return endSeries(false);
}

/** Whether a name that ends at `at` is all there is of the series. */
function endsName(at: usize): bool {
  return !isNameByte(load<u8>(at)) && load<u8>(passBlanks(at)) != OPEN;
}

/** Reads a line that is not the one that was expected. Returns its end, or 0 after a fault. */
function readLine(start: usize, end: usize): usize {
  const at = passBlanks(start);
  const byte = <u32> load<u8>(at);
  if (byte == LINE_FEED) return at + 1;
  // Prometheus takes a byte of 0 for the end.
  if (byte == 0) return end;
  if (byte == 0x23) return readComment(start, at + 1, end);
  if (byte != OPEN && !isNameStart(byte)) return fail(FAULT_PAGE_LINE_START, at, 0, 0);
  const next = passSeries(start, at, end, DIALECT_TEXT);
  if (next == 0) return 0;
  const offset = seriesWith(start, next - start);
  if (offset == 0) return 0;
  follow(offset);
  return readSample(next, end, offset);
}

/** Reads what is behind a series: a number and perhaps a timestamp. Returns the next line, or 0 after a fault. */
// @ts-ignore: decorator
@inline
function readSample(at: usize, end: usize, offset: u32): usize {
  at = passBlanks(at);
  const outcome = readNumber(at);
  const next = numberEnd;
  if (outcome != NUMBER_READ || !endsWord(next)) return failNumber(outcome, at);
  if (load<u8>(next) == LINE_FEED) {
    return takeSeries(offset, numberBits, false, 0) == null ? 0 : next + 1;
  }
  return readTimestamp(passBlanks(next), end, offset);
}

// @ts-ignore: decorator
@inline
function endsWord(at: usize): bool {
  const byte = <u32> load<u8>(at);
  return byte == LINE_FEED || isBlank(byte);
}

function failNumber(outcome: i32, at: usize): usize {
  return fail(outcome == NUMBER_RANGE ? FAULT_PAGE_RANGE : FAULT_PAGE_NUMBER, at, 0, 0);
}

/** Reads digits up to the end of the line, if there are any: milliseconds. */
function readTimestamp(at: usize, end: usize, offset: u32): usize {
  const start = at;
  let timestampMs: u64 = 0;
  for (let byte = <u32> load<u8>(at); isDigit(byte); byte = <u32> load<u8>(++at)) {
    const digit = <u64> (byte - 0x30);
    if (timestampMs > (TIMESTAMP_MAX - digit) / 10) return fail(FAULT_PAGE_TIMESTAMP, start, 0, 0);
    timestampMs = timestampMs * 10 + digit;
  }
  const digitsEnd = at;
  at = passBlanks(at);
  if (load<u8>(at) != LINE_FEED) {
    return fail(digitsEnd == start ? FAULT_PAGE_TIMESTAMP : FAULT_PAGE_LINE_END, at, 0, 0);
  }
  if (digitsEnd > start && refusesTimestamps) return fail(FAULT_PAGE_TIMED, start, 0, 0);
  const row = takeSeries(offset, numberBits, digitsEnd > start, <i64> timestampMs);
  return row == null ? 0 : at + 1;
}

/** Reads a line that begins with `#` before `at`. */
function readComment(start: usize, at: usize, end: usize): usize {
  if (!endSeries(false)) return 0;
  const word = passBlanks(at);
  const isHelp = isText(word, 4, "HELP");
  const isSaid = word > at && (isHelp || isText(word, 4, "TYPE")) && isBlank(load<u8>(word, 4));
  const feed = lineEnd(at, end);
  if (isSaid) return readMetadata(start, passBlanks(word + 5), end, isHelp);
  // Prometheus takes a byte of 0 for the end: behind blanks the first one, without them any.
  if (load<u8>(word) == 0) return end;
  if (word > at) return feed + 1;
  for (; at < feed; at++) {
    if (load<u8>(at) == 0) return end;
  }
  return feed + 1;
}

/** Reads the name and the text of `# HELP` or `# TYPE`. */
function readMetadata(start: usize, at: usize, end: usize, isHelp: bool): usize {
  let feed = lineEnd(at, end);
  let nameAt = at;
  const first = <u32> load<u8>(at);
  if (first == 0x22) {
    at = passQuoted(at, end, true, false);
    if (at == 0) return 0;
    feed = lineEnd(at, end);
  } else {
    if (!isNameStart(first)) return fail(FAULT_PAGE_METADATA_NAME, at, 0, 0);
    while (isNameByte(load<u8>(at))) at++;
  }
  let nameBytes = at - nameAt;
  if (first == 0x22) {
    nameAt++;
    nameBytes -= 2;
  }
  if (load<u8>(at) == 0) return fail(FAULT_PAGE_METADATA_TEXT, at, 0, 0);
  // The text is what follows one more byte, whichever it is. Blanks alone are none.
  const textAt = passBlanks(at) == feed ? feed : at + 1;
  const textBytes = feed - textAt;
  const type = isHelp ? HELP_TEXT : typeOf(textAt, textBytes);
  if (!isHelp && type == TYPE_NONE) return fail(FAULT_PAGE_TYPE, textAt, 0, 0);
  if (isHelp && !isUtf8(textAt, textBytes)) return fail(FAULT_UTF8, textAt, <f64> textBytes, 0);
  const what = isHelp ? METADATA_HELP : METADATA_TYPE;
  const offset = metadataWith(start, feed - start, what, type, nameAt, nameBytes, textAt, textBytes);
  if (offset == 0) return 0;
  follow(offset);
  seeMetadata(offset);
  return feed + 1;
}

function typeOf(at: usize, bytes: usize): u32 {
  if (isText(at, bytes, "counter")) return TYPE_COUNTER;
  if (isText(at, bytes, "gauge")) return TYPE_GAUGE;
  if (isText(at, bytes, "histogram")) return TYPE_HISTOGRAM;
  if (isText(at, bytes, "summary")) return TYPE_SUMMARY;
  return isText(at, bytes, "untyped") ? TYPE_UNKNOWN : TYPE_NONE;
}
