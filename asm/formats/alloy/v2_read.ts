/**
 * Reads Alloy's queue file version 2 (grafana/walqueue). It is a sequence of records, each a
 * byte of type and a container of tagged fields. The bytes of a metric are a TimeSeries of
 * remote write 1.0, and those of a metadata entry are a MetricMetadata. So both go into rows
 * and symbols as a request does.
 */
import { setWantsMetricName } from "../../intake/labels_intake";
import { beginRequest, fitsBatch } from "../../intake/batch";
import { invalidSignals } from "../../intake/refusals";
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

/** How many records the file has. Its head has the same count. */
export let recordCount: u32 = 0;

/** The bytes that readContainer found. The length is 0 if there are none. */
let contentAt: usize = 0;
let contentBytes: usize = 0;

/** Reads all records. Returns false after a fault; rows and symbols must then be cleared. */
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
 * Adds the signals of a record. There is more than one if an exemplar came with its sample.
 * A signal that breaks a rule can only be counted, and so can a record that is empty or of
 * an unknown kind.
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

/** Adds signals that can only be counted. Returns false if there are too many. */
function addUnsupported(at: usize, signals: u32): bool {
  if (!fitsBatch(at, signals)) return false;
  for (; signals > 0; signals--) addRow(0, 0, 0, 0, 0, KIND_UNSUPPORTED);
  return true;
}

/** Reads a container. Returns its end, or 0 after a fault. */
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

/** Makes the interned symbols the strings of the rows. */
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
