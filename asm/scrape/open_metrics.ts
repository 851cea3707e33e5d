/** Reads OpenMetrics 0.0.1 and 1.0.0, as Prometheus 3 does. */
import {
  FAULT_NONE,
  FAULT_PAGE_BEHIND_EOF,
  FAULT_PAGE_EOF,
  FAULT_PAGE_LINE_END,
  FAULT_PAGE_LINE_START,
  FAULT_PAGE_METADATA_NAME,
  FAULT_PAGE_METADATA_TEXT,
  FAULT_PAGE_NUMBER,
  FAULT_PAGE_RANGE,
  FAULT_PAGE_TIMED,
  FAULT_PAGE_TIMESTAMP,
  FAULT_PAGE_TYPE,
  FAULT_PAGE_UNIT,
  FAULT_UTF8,
} from "../abi/layout";
import { currentFault, fail } from "../abi/result";
import { LABEL_BYTES } from "../batch/label";
import { sameBytes } from "../bytes/memory";
import { isText } from "../bytes/texts";
import { isUtf8 } from "../bytes/utf8";
import { lineEnd } from "../bytes/alike";
import { addExemplar, setExemplarLabels } from "./exemplars";
import { DIALECT_EXEMPLAR, DIALECT_OPEN, labels, passQuoted, readLabels } from "./label_text";
import { NUMBER_NONE, NUMBER_RANGE, numberBits, numberEnd, readNumber } from "./number";
import { expectedIn, follow, metadataWith, refusesTimestamps, Row, seeMetadata, seriesWith, target } from "./page";
import {
  HELP_OPEN,
  METADATA_HELP,
  METADATA_TYPE,
  METADATA_UNIT,
  RECORD_SERIES,
} from "./records";
import { endSeries, milliseconds, takeSeries } from "./series_rows";
import { isNameByte, isNameStart, passSeries } from "./series_text";
import { lineOf } from "./target";
import {
  TYPE_COUNTER,
  TYPE_GAUGE,
  TYPE_GAUGE_HISTOGRAM,
  TYPE_HISTOGRAM,
  TYPE_INFO,
  TYPE_NONE,
  TYPE_STATESET,
  TYPE_SUMMARY,
  TYPE_UNKNOWN,
} from "./types";

const LINE_FEED: u32 = 0x0a;
const BLANK: u32 = 0x20;
const OPEN: u32 = 0x7b;
const CLOSE: u32 = 0x7d;

/** Reads a page, behind which there is a line feed. Returns false after a fault. */
export function readOpenMetrics(at: usize, end: usize): bool {
  while (true) {
    const offset = expectedIn(at, end);
    if (offset != 0) {
      const line = lineOf(target, offset);
      const next = at + <usize> line.keyBytes;
      if (line.kind == RECORD_SERIES) {
        // What may follow a series follows no name.
        if (load<u8>(next) == BLANK) {
          follow(offset);
          at = readSample(next, end, offset);
          if (at == 0) return false;
          continue;
        }
      } else if (load<u8>(next) == LINE_FEED) {
        if (!endSeries(true)) return false;
        follow(offset);
        seeMetadata(offset);
        at = next + 1;
        continue;
      }
    }
    if (at < end && load<u8>(at) == 0x23) {
      if (isText(at, 5, "# EOF")) return readEnd(at + 5, end);
      at = readMetadata(at, end);
    } else at = readSeries(at, end);
    if (at == 0) return false;
  }
}

function readEnd(at: usize, end: usize): bool {
  if (at < end && load<u8>(at) == LINE_FEED) at++;
  if (at != end) {
    fail(FAULT_PAGE_BEHIND_EOF, at, 0, 0);
    return false;
  }
  return endSeries(true);
}

function readSeries(start: usize, end: usize): usize {
  if (start >= end) return fail(FAULT_PAGE_EOF, start, 0, 0);
  const first = <u32> load<u8>(start);
  if (first != OPEN && !isNameStart(first)) return fail(FAULT_PAGE_LINE_START, start, 0, 0);
  const next = passSeries(start, start, end, DIALECT_OPEN);
  if (next == 0) return 0;
  const offset = seriesWith(start, next - start);
  if (offset == 0) return 0;
  follow(offset);
  return readSample(next, end, offset);
}

/** The number behind one blank, which ends before another one or the end of the line. Returns its end, or 0 after a fault. */
function numberAt(at: usize, end: usize): usize {
  if (load<u8>(at) != BLANK || at >= end) return fail(FAULT_PAGE_NUMBER, at, 0, 0);
  const outcome = readNumber(at + 1);
  const next = numberEnd;
  const byte = <u32> load<u8>(next);
  if (outcome == NUMBER_NONE || (byte != BLANK && byte != LINE_FEED)) {
    return fail(FAULT_PAGE_NUMBER, at + 1, 0, 0);
  }
  if (outcome == NUMBER_RANGE) return fail(FAULT_PAGE_RANGE, at + 1, 0, 0);
  // The line feed behind the page is not the page's.
  return next >= end ? fail(FAULT_PAGE_EOF, end, 0, 0) : next;
}

/** Reads what is behind a series: a number, perhaps a timestamp, perhaps an exemplar. Returns the next line, or 0 after a fault. */
function readSample(at: usize, end: usize, offset: u32): usize {
  at = numberAt(at, end);
  if (at == 0) return 0;
  const value = numberBits;
  let isTimed = false;
  let timestampMs: i64 = 0;
  if (load<u8>(at) == BLANK && !isExemplar(at)) {
    if (refusesTimestamps) return fail(FAULT_PAGE_TIMED, at + 1, 0, 0);
    at = timestampAt(at, end);
    if (at == 0) return 0;
    isTimed = true;
    timestampMs = milliseconds(reinterpret<f64>(numberBits));
  }
  const row = takeSeries(offset, value, isTimed, timestampMs);
  if (load<u8>(at) == LINE_FEED) return row == null && currentFault() != FAULT_NONE ? 0 : at + 1;
  if (!isExemplar(at)) return fail(FAULT_PAGE_LINE_END, at, 0, 0);
  return readExemplar(at + 4, end, row);
}

/** Whether ` # {` comes next. */
// @ts-ignore: decorator
@inline
function isExemplar(at: usize): bool {
  return load<u32>(at) == 0x7b202320;
}

function timestampAt(at: usize, end: usize): usize {
  const next = numberAt(at, end);
  if (next == 0) return 0;
  const isFinite = (numberBits & 0x7ff0_0000_0000_0000) != 0x7ff0_0000_0000_0000;
  return isFinite ? next : fail(FAULT_PAGE_TIMESTAMP, at + 1, 0, 0);
}

/** Reads the exemplar of a row, from behind its brace on. Returns the next line, or 0 after a fault. */
function readExemplar(at: usize, end: usize, row: Row | null): usize {
  at = readLabels(at, end, DIALECT_EXEMPLAR);
  if (at == 0) return 0;
  at = numberAt(at, end);
  if (at == 0) return 0;
  const value = numberBits;
  let isTimed = false;
  let timestampMs: i64 = 0;
  if (load<u8>(at) == BLANK) {
    at = timestampAt(at, end);
    if (at == 0) return 0;
    isTimed = true;
    timestampMs = milliseconds(reinterpret<f64>(numberBits));
  }
  if (load<u8>(at) != LINE_FEED) return fail(FAULT_PAGE_LINE_END, at, 0, 0);
  if (row != null) {
    const exemplar = addExemplar(row, value, isTimed, timestampMs);
    setExemplarLabels(exemplar, labels.at, labels.length / LABEL_BYTES);
  }
  return at + 1;
}

/** Reads `# HELP`, `# TYPE` or `# UNIT`. Returns the next line, or 0 after a fault. */
function readMetadata(start: usize, end: usize): usize {
  const isHelp = isText(start, 7, "# HELP ");
  const isType = isText(start, 7, "# TYPE ");
  if (!isHelp && !isType && !isText(start, 7, "# UNIT ")) return fail(FAULT_PAGE_LINE_START, start, 0, 0);
  if (!endSeries(true)) return 0;
  let at = start + 7;
  let nameAt = at;
  const isQuoted = load<u8>(at) == 0x22;
  if (isQuoted) {
    at = passQuoted(at, end, true, false);
    if (at == 0) return 0;
  } else {
    if (!isNameStart(load<u8>(at))) return fail(FAULT_PAGE_METADATA_NAME, at, 0, 0);
    while (isNameByte(load<u8>(at))) at++;
  }
  let nameBytes = at - nameAt;
  if (isQuoted) {
    nameAt++;
    nameBytes -= 2;
  }
  const feed = lineEnd(at, end);
  if (load<u8>(at) != BLANK || at >= end) return fail(FAULT_PAGE_METADATA_TEXT, at, 0, 0);
  if (feed >= end) return fail(FAULT_PAGE_EOF, end, 0, 0);
  const textAt = at + 1;
  const textBytes = feed - textAt;
  const type = isType ? typeOf(textAt, textBytes) : isHelp ? HELP_OPEN : 0;
  if (isType && type == TYPE_NONE) return fail(FAULT_PAGE_TYPE, textAt, 0, 0);
  if (isHelp && !isUtf8(textAt, textBytes)) return fail(FAULT_UTF8, textAt, <f64> textBytes, 0);
  const isUnit = !isHelp && !isType;
  if (isUnit && textBytes > 0 && !isUnitOf(nameAt, nameBytes, textAt, textBytes)) {
    return fail(FAULT_PAGE_UNIT, textAt, 0, 0);
  }
  const what = isHelp ? METADATA_HELP : isType ? METADATA_TYPE : METADATA_UNIT;
  const offset = metadataWith(start, feed - start, what, type, nameAt, nameBytes, textAt, textBytes);
  if (offset == 0) return 0;
  follow(offset);
  seeMetadata(offset);
  return feed + 1;
}

/** Whether a name ends with `_` and its unit. */
function isUnitOf(name: usize, bytes: usize, unit: usize, unitBytes: usize): bool {
  if (bytes < unitBytes + 1) return false;
  const at = name + bytes - unitBytes;
  return load<u8>(at - 1) == 0x5f && sameBytes(at, unit, unitBytes);
}

function typeOf(at: usize, bytes: usize): u32 {
  if (isText(at, bytes, "counter")) return TYPE_COUNTER;
  if (isText(at, bytes, "gauge")) return TYPE_GAUGE;
  if (isText(at, bytes, "histogram")) return TYPE_HISTOGRAM;
  if (isText(at, bytes, "gaugehistogram")) return TYPE_GAUGE_HISTOGRAM;
  if (isText(at, bytes, "summary")) return TYPE_SUMMARY;
  if (isText(at, bytes, "info")) return TYPE_INFO;
  if (isText(at, bytes, "stateset")) return TYPE_STATESET;
  return isText(at, bytes, "unknown") ? TYPE_UNKNOWN : TYPE_NONE;
}
