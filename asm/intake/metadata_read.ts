/**
 * Reads the metadata of remote write 1.0, `MetricMetadata { type = 1,
 * metric_family_name = 2, help = 4, unit = 5 }`.
 */
import { countMetadata } from "./batch";
import { countInvalid } from "./refusals";
import { RULE_NONE } from "../abi/layout";
import { addEntry, isNewEntry, setFamily, setHelp, setUnit } from "./metadata_intake";
import { readLength, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_BYTES, WIRE_VARINT } from "../codec/protobuf";

/** Adds the entry to the batch. `place` is its offset in the request. Returns false after a fault. */
export function parseMetadata(at: usize, end: usize, place: f64): bool {
  let type: u64 = 0;
  setFamily(at, 0);
  setHelp(at, 0);
  setUnit(at, 0);
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 1) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      type = varint;
    } else if (field == 2 || field == 4 || field == 5) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      setText(field, at, <usize> varint);
      at += <usize> varint;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return false;
  }
  const rule = addEntry(type);
  if (rule != RULE_NONE) countInvalid(rule, 1, place);
  else countMetadata(isNewEntry);
  return true;
}

function setText(field: u64, at: usize, bytes: usize): void {
  if (field == 2) setFamily(at, bytes);
  else if (field == 4) setHelp(at, bytes);
  else setUnit(at, bytes);
}
