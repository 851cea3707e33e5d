/**
 * The part of a line between braces, in Prometheus's text format and in OpenMetrics, which
 * allows less: no blanks, no value over two lines, and commas are needed.
 */
import {
  FAULT_PAGE_COMMA,
  FAULT_PAGE_EQUAL,
  FAULT_PAGE_LABEL_NAME,
  FAULT_PAGE_LABEL_VALUE,
  FAULT_PAGE_NAME_TWICE,
  FAULT_PAGE_QUOTE,
  FAULT_UTF8,
} from "../abi/layout";
import { fail } from "../abi/result";
import { Label, LABEL_BYTES, setLabel } from "../batch/label";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";

/** The labels that were read last, as they stand in the page, without quotes. */
export const labels: Buffer = createBuffer();
/** The name of the metric, if it is between the braces; `metricAt` is 0 if not. */
export let metricAt: usize = 0;
export let metricBytes: usize = 0;

export const DIALECT_TEXT: u32 = 0;
export const DIALECT_OPEN: u32 = 1;
/** The labels of an exemplar, which is in OpenMetrics alone. */
export const DIALECT_EXEMPLAR: u32 = 2;

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const EQUAL: u32 = 0x3d;
const CLOSE: u32 = 0x7d;
const BACKSLASH: u32 = 0x5c;
const LINE_FEED: u32 = 0x0a;

// @ts-ignore: decorator
@inline
export function isBlank(byte: u32): bool {
  return byte == 0x20 || byte == 0x09;
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/** Whether a name of a label may begin so. */
// @ts-ignore: decorator
@inline
export function isLetter(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26 || byte == 0x5f;
}

// @ts-ignore: decorator
@inline
export function passBlanks(at: usize): usize {
  while (isBlank(load<u8>(at))) at++;
  return at;
}

/** Notes the name of the metric that stands before the braces. */
export function setMetric(at: usize, bytes: usize): void {
  metricAt = at;
  metricBytes = bytes;
}

/** Reads the labels behind a brace that opened. Returns the place behind the one that closes, or 0 after a fault. */
export function readLabels(at: usize, end: usize, dialect: u32): usize {
  labels.length = 0;
  const hasBlanks = dialect == DIALECT_TEXT;
  while (true) {
    if (hasBlanks) at = passBlanks(at);
    const first = <u32> load<u8>(at);
    if (first == CLOSE && at < end) return at + 1;
    const isQuoted = first == QUOTE;
    let nameAt = at;
    if (isQuoted) at = passQuoted(at, end, dialect != DIALECT_EXEMPLAR, false);
    else if (isLetter(first) && at < end) at = passName(at);
    else return fail(FAULT_PAGE_LABEL_NAME, at, 0, 0);
    if (at == 0) return 0;
    let nameBytes = at - nameAt;
    if (isQuoted) {
      nameAt++;
      nameBytes -= 2;
      // Of an exemplar it is only the exemplar that is bad.
      const isBad = dialect != DIALECT_EXEMPLAR && !isUtf8(nameAt, nameBytes);
      if (isBad) return fail(FAULT_UTF8, nameAt, <f64> nameBytes, 0);
    }
    if (hasBlanks) at = passBlanks(at);
    const byte = <u32> load<u8>(at);
    if (isQuoted && dialect != DIALECT_EXEMPLAR && (byte == COMMA || byte == CLOSE) && at < end) {
      if (metricAt != 0) return fail(FAULT_PAGE_NAME_TWICE, nameAt, 0, 0);
      setMetric(nameAt, nameBytes);
      if (byte == CLOSE) return at + 1;
      at++;
      continue;
    }
    if (byte != EQUAL || at >= end) return fail(FAULT_PAGE_EQUAL, at, 0, 0);
    at++;
    if (hasBlanks) at = passBlanks(at);
    if (load<u8>(at) != QUOTE || at >= end) return fail(FAULT_PAGE_LABEL_VALUE, at, 0, 0);
    const valueAt = at + 1;
    at = passQuoted(at, end, hasBlanks, dialect != DIALECT_EXEMPLAR);
    if (at == 0) return 0;
    const valueBytes = at - valueAt - 1;
    if (!isUtf8(valueAt, valueBytes)) return fail(FAULT_UTF8, valueAt, <f64> valueBytes, 0);
    setLabel(reserveMore(labels, LABEL_BYTES), nameAt, nameBytes, valueAt, valueBytes);
    labels.length += LABEL_BYTES;
    if (hasBlanks) at = passBlanks(at);
    if (load<u8>(at) == COMMA && at < end) at++;
    else if (!hasBlanks && (load<u8>(at) != CLOSE || at >= end)) return fail(FAULT_PAGE_COMMA, at, 0, 0);
  }
}

function passName(at: usize): usize {
  do at++; while (isLetter(load<u8>(at)) || isDigit(load<u8>(at)));
  return at;
}

/**
 * Passes over a text in quotes, which a backslash may hold. Bytes of 0 are not there for a
 * backslash before them in values, and may not be in names. Returns its end, or 0 after a fault.
 */
export function passQuoted(at: usize, end: usize, takesFeeds: bool, takesZeros: bool): usize {
  const start = at;
  for (at++; at < end; at++) {
    let byte = <u32> load<u8>(at);
    if (byte == QUOTE) return at + 1;
    if (byte == LINE_FEED && !takesFeeds) break;
    if (byte == BACKSLASH) {
      do byte = <u32> load<u8>(++at); while (byte == 0 && takesZeros && at < end);
      if (byte == LINE_FEED) break;
    }
    if (byte == 0 && !takesZeros) break;
  }
  return fail(FAULT_PAGE_QUOTE, start, 0, 0);
}

/** Copies a text of so many bytes without its escapes: of a backslash, a line feed and, in labels, a quote. Returns the end of the copy. */
export function copyPlain(to: usize, at: usize, bytes: usize, hasQuotes: bool): usize {
  const end = at + bytes;
  while (at < end) {
    let byte = <u32> load<u8>(at++);
    if (byte == BACKSLASH && at < end) {
      const next = <u32> load<u8>(at);
      const isEscape = next == BACKSLASH || next == 0x6e || (hasQuotes && next == QUOTE);
      if (isEscape) {
        byte = next == 0x6e ? LINE_FEED : next;
        at++;
      }
    }
    store<u8>(to++, <u8> byte);
  }
  return to;
}
