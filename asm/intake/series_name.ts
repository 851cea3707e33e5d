/**
 * Finds the metric name of a series that was refused, for the message about it. It is
 * looked up in the request's bytes after the request was read. Broken rules are rare, and
 * the labels may not have been read yet when one is noticed.
 */
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "../codec/label_pair";
import { SLOT_SERIES_NAME_AT, SLOT_SERIES_NAME_BYTES } from "../abi/layout";
import { readLength, readTag, skipField, varint, WIRE_BYTES } from "../codec/protobuf";
import {
  V1_LABELS,
  V1_METADATA,
  V1_METADATA_FAMILY,
  V2_LABELS_REFS,
} from "../codec/remote_write_fields";
import { areFew, clearReferences, referenceAt, referenceCount, readReferences } from "./references";
import { symbolBytesOf, symbolPlace } from "../batch/request_symbols";
import { put } from "../abi/result";
import { isMetricName } from "../batch/label";

/** `metadata = 3` of a WriteRequest, and `metric_family_name = 2` in it. */

let foundAt: usize = 0;
let foundBytes: usize = 0;

/**
 * Tells the name of the series, or the family of the metadata entry, whose field begins at
 * `at` in a sound request.
 */
export function putSeriesName(at: usize, end: usize, isV2: bool): void {
  foundBytes = 0;
  findName(at, end, isV2);
  put(SLOT_SERIES_NAME_AT, <f64> foundAt);
  put(SLOT_SERIES_NAME_BYTES, <f64> foundBytes);
}

function findName(at: usize, end: usize, isV2: bool): void {
  at = readTag(at, end);
  const isEntry = !isV2 && varint >> 3 == V1_METADATA;
  at = readLength(at, end);
  end = at + <usize> varint;
  if (isV2) clearReferences();
  while (at < end && foundBytes == 0) {
    const tagAt = at;
    at = readTag(at, end);
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (isV2 && field == V2_LABELS_REFS) {
      at = readReferences(tagAt, at, end, wire);
      continue;
    }
    const isWanted = !isV2 && wire == WIRE_BYTES && field == (isEntry ? V1_METADATA_FAMILY : V1_LABELS);
    if (!isWanted) {
      at = skipField(at, end, wire);
      continue;
    }
    at = readLength(at, end);
    const valueEnd = at + <usize> varint;
    if (isEntry) setName(at, valueEnd - at);
    else if (readLabel(at, valueEnd)) {
      noteLabel(labelNameAt, labelNameBytes, labelValueAt, labelValueBytes);
    }
    at = valueEnd;
  }
  if (isV2) findReferredName();
}

function findReferredName(): void {
  const count = areFew() ? referenceCount() : 0;
  for (let i = 0; i < count && foundBytes == 0; i += 2) {
    const name = referenceAt(i);
    const value = referenceAt(i + 1);
    noteLabel(symbolPlace(name), symbolBytesOf(name), symbolPlace(value), symbolBytesOf(value));
  }
}

function noteLabel(nameAt: usize, nameBytes: usize, valueAt: usize, valueBytes: usize): void {
  if (isMetricName(nameAt, nameBytes)) setName(valueAt, valueBytes);
}

function setName(at: usize, bytes: usize): void {
  foundAt = at;
  foundBytes = bytes;
}
