/**
 * Reads Alloy's queue file version 2 (grafana/walqueue): records behind each
 * other, each a byte of type and a container of tagged fields. A metric's bytes
 * are a TimeSeries of remote write 1.0, a metadata entry's a MetricMetadata, so
 * both go the way of a request into rows and symbols.
 */
import { setWantsMetricName } from "../../intake/labels_intake";
import { beginRequest, fitsBatch, invalidSignals } from "../../intake/batch";
import { openFileBudget } from "../../batch/budget";
import { setExemplarReferences } from "../../intake/exemplar_read";
import { FAULT_RECORD, FAULT_TRUNCATED, ROW_BYTES_MAX } from "../../abi/layout";
import { setMergesEntries } from "../../intake/metadata_intake";
import { parseMetadata } from "../../intake/metadata_read";
import { readLength, varint } from "../../codec/protobuf";
import { parseSeries } from "../../intake/remote_write_v1";
import { fail, refuse } from "../../abi/result";
import { addRow, KIND_UNSUPPORTED, metadata, rows } from "../../batch/rows";
import { reserve } from "../../bytes/memory";
import { setTakesStarts } from "../../intake/signal_intake";
import { STRING_REF_BYTES, StringRef, strings } from "../../batch/strings";
import { symbolAt, symbolCount, symbolLength } from "../../batch/symbols";

const RECORD_METRIC: u32 = 1;
const RECORD_METADATA: u32 = 3;

// Types of fields, the low byte of a tag; the high byte is the field's number.
const TYPE_END: u32 = 1;
const TYPE_CONTAINER: u32 = 2;
const TYPE_BYTES: u32 = 3;
const TYPE_BOOL: u32 = 5;
const TYPE_FIXED64: u32 = 8;

/** How many records the file has: it is what its head counts. */
export let recordCount: u32 = 0;

/** What readContainer found: its bytes; no length if it has none. */
let contentAt: usize = 0;
let contentBytes: usize = 0;

/** Reads all records. False after a fault; rows and symbols are then to be cleared. */
export function readRecords(at: usize, end: usize): bool {
  const start = at;
  beginRequest();
  openFileBudget();
  setTakesStarts(false);
  setExemplarReferences(false);
  setMergesEntries(false);
  setWantsMetricName(false);
  recordCount = 0;
  let isSound = true;
  while (isSound && at < end) {
    const recordAt = at;
    const type = <u32> load<u8>(at);
    if (type < RECORD_METRIC || type > RECORD_METADATA) {
      isSound = refuse(FAULT_RECORD, at, type, RECORD_METADATA);
      break;
    }
    at = readContainer(at + 1, end);
    isSound = at != 0 && addRecord(type, <f64> (recordAt - start));
    recordCount++;
  }
  setMergesEntries(true);
  if (isSound) publishStrings();
  return isSound;
}

/**
 * Adds the signals of a record: more than one where an exemplar came with its
 * sample. What breaks a rule can only be counted, and so can a record that brings
 * nothing or is of an unknown kind.
 */
function addRecord(type: u32, place: f64): bool {
  const signalsBefore = rows.length + metadata.length;
  const invalidBefore = invalidSignals();
  const at = contentAt;
  const end = at + contentBytes;
  // No request could carry it, so it is not looked into.
  if (contentBytes > ROW_BYTES_MAX) return addUnsupported(at, 1);
  if (type == RECORD_METRIC && !parseSeries(at, end, place, i64.MIN_VALUE)) return false;
  if (type == RECORD_METADATA && !parseMetadata(at, end, place)) return false;
  let broken = invalidSignals() - invalidBefore;
  if (broken == 0 && rows.length + metadata.length == signalsBefore) broken = 1;
  return addUnsupported(at, broken);
}

/** Adds signals that can only be counted. False if there are too many. */
function addUnsupported(at: usize, signals: u32): bool {
  if (!fitsBatch(at, signals)) return false;
  for (; signals > 0; signals--) addRow(0, 0, 0, 0, 0, KIND_UNSUPPORTED);
  return true;
}

/** Reads a container up to its end. Returns that, or 0 after a fault. */
function readContainer(at: usize, end: usize): usize {
  contentAt = at;
  contentBytes = 0;
  if (end - at < 2) return fail(FAULT_TRUNCATED, at, <f64> (end - at), 2);
  if (<u32> load<u8>(at) != TYPE_CONTAINER) {
    return fail(FAULT_RECORD, at, load<u8>(at), TYPE_CONTAINER);
  }
  at += 2;
  while (true) {
    if (end - at < 2) return fail(FAULT_TRUNCATED, at, <f64> (end - at), 2);
    const type = <u32> load<u8>(at);
    at += 2;
    if (type == TYPE_END) return at;
    if (type == TYPE_BYTES) {
      at = readLength(at, end);
      if (at == 0) return 0;
      contentAt = at;
      contentBytes = <usize> varint;
      at += contentBytes;
      continue;
    }
    const bytes: usize = type == TYPE_BOOL ? 1 : type == TYPE_FIXED64 ? 8 : 0;
    if (bytes == 0) return fail(FAULT_RECORD, at - 2, type, TYPE_FIXED64);
    if (end - at < bytes) return fail(FAULT_TRUNCATED, at, <f64> (end - at), <f64> bytes);
    at += bytes;
  }
}

/** The strings of the rows are the symbols that they were interned as. */
function publishStrings(): void {
  const count = <usize> symbolCount();
  let refAt = reserve(strings, count * STRING_REF_BYTES);
  for (let id: usize = 0; id < count; id++) {
    const ref = changetype<StringRef>(refAt);
    ref.at = symbolAt(<u32> id);
    ref.bytes = symbolLength(<u32> id);
    refAt += STRING_REF_BYTES;
  }
  strings.length = count * STRING_REF_BYTES;
}
