/** The keys by which the series of a page in protobuf are remembered. */
import { FAULT_PAGE_LABEL_NAME } from "../abi/layout";
import { fail } from "../abi/result";
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { labelNameBytes, labelValueBytes, readTextLabel } from "../codec/label_pair";
import { readLength, readTag, skipField, varint } from "../codec/protobuf";
import { areAlike } from "../bytes/alike";
import { expected, seriesWith, target } from "./page";
import { RECORD_SERIES, SET_UNKNOWN } from "./records";
import { keyOf, lineOf } from "./target";

/**
 * The key of a series: a mark that no line of a text has, what is behind the family's name,
 * the length of that, the name, each label behind its length; and the bound of a bucket or
 * the quantile.
 */
const key: Buffer = createBuffer();
export const SERIES_MARK: u8 = 0x01;
export const SERIES_HEAD_BYTES: usize = 6;
let familyNameBytes: usize = 0;
/** How long the key is without what tells the series of one metric apart. */
let keyBytes: usize = 0;
/** Where the metric is. */
let metricAt: usize = 0;
let metricEnd: usize = 0;

/** What is behind the name of a family in the name of a series, as it stands in a key. */
export const SUFFIX_NONE: u32 = 0;
export const SUFFIX_COUNT: u32 = 1;
export const SUFFIX_SUM: u32 = 2;
export const SUFFIX_BUCKET: u32 = 3;
export const SUFFIX_QUANTILE: u32 = 4;

/** What comes now is of a family with this name. */
export function openFamilyKey(nameAt: usize, nameBytes: usize): void {
  familyNameBytes = nameBytes;
  const at = reserve(key, SERIES_HEAD_BYTES + nameBytes);
  store<u8>(at, SERIES_MARK);
  store<u32>(at + 2, <u32> nameBytes);
  copyLoose(at + SERIES_HEAD_BYTES, nameAt, nameBytes);
}

/** What comes now is of the metric that is there. */
export function openMetricKey(at: usize, end: usize): void {
  metricAt = at;
  metricEnd = end;
  key.length = SERIES_HEAD_BYTES + familyNameBytes;
}

/** Adds a label, which is not looked at. */
export function addKeyLabel(at: usize, bytes: usize): void {
  const to = reserveMore(key, 4 + bytes);
  store<u32>(to, <u32> bytes);
  copyLoose(to + 4, at, bytes);
  key.length += 4 + bytes;
}

/** All labels are there. */
export function endMetricKey(): void {
  keyBytes = key.length;
}

/** The line of a series of the metric. Returns 0 after a fault. */
export function lineOfSeries(suffix: u32, bound: f64): u32 {
  key.length = keyBytes;
  if (suffix >= SUFFIX_BUCKET) {
    store<f64>(reserveMore(key, 8), bound);
    key.length += 8;
  }
  store<u8>(key.at + 1, <u8> suffix);
  const offset = lineOfKey();
  if (offset == 0) return 0;
  // A line that was in a page before has labels that were looked at.
  return lineOf(target, offset).set == SET_UNKNOWN && !checkLabels() ? 0 : offset;
}

function lineOfKey(): u32 {
  const offset = expected;
  if (offset != 0) {
    const line = lineOf(target, offset);
    const isSame = line.keyBytes == <u32> key.length && line.kind == RECORD_SERIES &&
      areAlike(keyOf(line), key.at, key.length);
    if (isSame) return offset;
  }
  return seriesWith(key.at, key.length);
}

/** Whether the labels of the metric are well-formed, and texts. Faults if not. */
function checkLabels(): bool {
  let at = metricAt;
  while (at < metricEnd) {
    at = readTag(at, metricEnd);
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1) {
      at = skipField(at, metricEnd, wire);
      continue;
    }
    at = readLength(at, metricEnd);
    const end = at + <usize> varint;
    if (!readTextLabel(at, end)) return false;
    // One without a value is none.
    if (labelNameBytes == 0 && labelValueBytes != 0) {
      fail(FAULT_PAGE_LABEL_NAME, at, 0, 0);
      return false;
    }
    at = end;
  }
  return true;
}
