/**
 * Reads exemplars of remote write 1.0, `Exemplar { labels = 1 Label, value = 2,
 * timestamp = 3 }`, and of 2.0, `Exemplar { labels_refs = 1, value = 2, timestamp = 3 }`.
 */
import { addExemplarLabel, clearExemplar, writeExemplarLabels } from "./exemplar_intake";
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "../codec/label_pair";
import {
  RULE_EXEMPLAR_REFERENCE,
  RULE_EXEMPLAR_REFERENCES_ODD,
  RULE_TOO_LARGE,
  SERIES_BYTES_MAX,
} from "../abi/layout";
import { needs, readLength, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "../codec/protobuf";
import { areFew, areKnown, clearReferences, readReferences, referenceAt, referenceCount } from "./references";
import { mayName, symbolBytesOf, symbolPlace } from "../batch/request_symbols";

/** The bits of the value of the exemplar that was read last, and its timestamp. */
export let exemplarValue: u64 = 0;
export let exemplarTimestampMs: i64 = 0;

/** Whether exemplars have the form of 2.0. */
let hasReferences: bool = false;

export function setExemplarReferences(are: bool): void {
  hasReferences = are;
}

/** Checks all fields of an exemplar. Returns false after a fault. */
export function readExemplar(at: usize, end: usize): bool {
  exemplarValue = 0;
  exemplarTimestampMs = 0;
  return readFields(at, end, false);
}

/**
 * Collects and writes the labels of an exemplar that was read before. Returns the rule
 * that they break, or RULE_NONE.
 */
export function readExemplarLabels(at: u32, end: usize): i32 {
  clearExemplar();
  // This comes before it is read, since its labels take more room than its bytes.
  if (end - <usize> at > SERIES_BYTES_MAX) return RULE_TOO_LARGE;
  readFields(<usize> at, end, true);
  return hasReferences ? collectReferences() : writeExemplarLabels();
}

function readFields(at: usize, end: usize, collects: bool): bool {
  clearReferences();
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 1) {
      at = hasReferences
        ? readReferences(tagAt, at, end, wire)
        : readLabelField(tagAt, at, end, wire, collects);
    } else if (field == 2) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      exemplarValue = load<u64>(at);
      at += 8;
    } else if (field == 3) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      exemplarTimestampMs = <i64> varint;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return false;
  }
  return true;
}

function readLabelField(tagAt: usize, at: usize, end: usize, wire: u32, collects: bool): usize {
  if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
  at = readLength(at, end);
  if (at == 0) return 0;
  const labelEnd = at + <usize> varint;
  if (!readLabel(at, labelEnd)) return 0;
  if (collects) addExemplarLabel(labelNameAt, labelNameBytes, labelValueAt, labelValueBytes);
  return labelEnd;
}

function collectReferences(): i32 {
  const count = referenceCount();
  if (count < 0) return areKnown() ? RULE_EXEMPLAR_REFERENCES_ODD : RULE_EXEMPLAR_REFERENCE;
  if (!areFew()) return RULE_TOO_LARGE;
  let bytes: u64 = 0;
  for (let i = 0; i < count; i++) bytes += <u64> symbolBytesOf(referenceAt(i));
  if (bytes > SERIES_BYTES_MAX || !mayName(bytes)) return RULE_TOO_LARGE;
  for (let i = 0; i < count; i += 2) {
    const name = referenceAt(i);
    const value = referenceAt(i + 1);
    addExemplarLabel(symbolPlace(name), symbolBytesOf(name), symbolPlace(value), symbolBytesOf(value));
  }
  return writeExemplarLabels();
}
