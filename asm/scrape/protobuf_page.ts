/**
 * Reads a page in protobuf, as Prometheus 3 does: messages of io.prometheus.client's
 * MetricFamily, each behind its length.
 *
 *     MetricFamily { name = 1, help = 2, type = 3, metric = 4, unit = 5 }
 *     Metric       { label = 1, gauge = 2, counter = 3, summary = 4, untyped = 5,
 *                    timestamp_ms = 6, histogram = 7 }
 */
import { FAULT_LENGTH, FAULT_PAGE_FAMILY, FAULT_PAGE_TYPE, FAULT_UTF8 } from "../abi/layout";
import { fail, refuse } from "../abi/result";
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";
import { readLength, readTag, readVarint, skipField, varint, wants, WIRE_BYTES, WIRE_VARINT } from "../codec/protobuf";
import { follow, metadataWith, seeMetadata } from "./page";
import { beginFamily, readMetric } from "./protobuf_metric";
import { takeMetric } from "./protobuf_rows";
import { HELP_PLAIN, METADATA_HELP, METADATA_TYPE, METADATA_UNIT } from "./records";
import {
  TYPE_COUNTER,
  TYPE_GAUGE,
  TYPE_GAUGE_HISTOGRAM,
  TYPE_HISTOGRAM,
  TYPE_NONE,
  TYPE_SUMMARY,
  TYPE_UNKNOWN,
} from "./types";

/** Bytes that the length of a message may have, as for Prometheus. */
const LENGTH_BYTES_MAX: usize = 5;

// What the family at hand says.
let nameAt: usize = 0;
let nameBytes: usize = 0;
let helpAt: usize = 0;
let helpBytes: usize = 0;
let unitAt: usize = 0;
let unitBytes: usize = 0;
let type: u64 = 0;
let metrics: u32 = 0;

/** Reads a page. Returns false after a fault. */
export function readProtobuf(at: usize, end: usize): bool {
  while (at < end) {
    const start = at;
    at = readLength(at, end);
    if (at == 0) return false;
    if (at - start > LENGTH_BYTES_MAX) return refuse(FAULT_LENGTH, start, <f64> varint, <f64> (end - at));
    const familyEnd = at + <usize> varint;
    if (!readHead(at, familyEnd)) return false;
    // A family without metrics says nothing.
    if (metrics > 0 && !(tellFamily(at) && readMetrics(at, familyEnd))) return false;
    at = familyEnd;
  }
  return true;
}

/** Reads all of a family but its metrics, which may stand before its name. */
function readHead(at: usize, end: usize): bool {
  nameAt = at;
  nameBytes = 0;
  helpAt = at;
  helpBytes = 0;
  unitAt = at;
  unitBytes = 0;
  type = 0;
  metrics = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 3) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      if (at == 0) return false;
      type = varint;
    } else if (field >= 1 && field <= 5) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      setField(<u32> field, at, <usize> varint);
      at += <usize> varint;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  return true;
}

function setField(field: u32, at: usize, bytes: usize): void {
  if (field == 1) {
    nameAt = at;
    nameBytes = bytes;
  } else if (field == 2) {
    helpAt = at;
    helpBytes = bytes;
  } else if (field == 4) {
    metrics++;
  } else {
    unitAt = at;
    unitBytes = bytes;
  }
}

/** Tells what is said of the family. Returns false after a fault. */
function tellFamily(at: usize): bool {
  if (nameBytes == 0) return refuse(FAULT_PAGE_FAMILY, at, 0, 0);
  if (!isUtf8(nameAt, nameBytes)) return refuse(FAULT_UTF8, nameAt, <f64> nameBytes, 0);
  if (!isUtf8(helpAt, helpBytes)) return refuse(FAULT_UTF8, helpAt, <f64> helpBytes, 0);
  if (!isUtf8(unitAt, unitBytes)) return refuse(FAULT_UTF8, unitAt, <f64> unitBytes, 0);
  const known = typeOf(type);
  if (known == TYPE_NONE) return refuse(FAULT_PAGE_TYPE, at, <f64> type, 0);
  beginFamily(known, nameAt, nameBytes);
  if (!tell(METADATA_HELP, HELP_PLAIN, helpAt, helpBytes)) return false;
  if (unitBytes > 0 && !tell(METADATA_UNIT, 0, unitAt, unitBytes)) return false;
  return tell(METADATA_TYPE, known, nameAt, 0);
}

const key: Buffer = createBuffer();
/** What the key of such a line begins with: no line of a text format does. */
const METADATA_MARK: u8 = 0x02;

/** Tells one thing of the family, as if it stood in a line. */
function tell(what: u32, form: u32, textAt: usize, textBytes: usize): bool {
  const at = reserve(key, 7 + nameBytes + textBytes);
  store<u8>(at, METADATA_MARK);
  store<u8>(at + 1, <u8> what);
  store<u8>(at + 2, <u8> form);
  store<u32>(at + 3, <u32> nameBytes);
  copyLoose(at + 7, nameAt, nameBytes);
  const text = at + 7 + nameBytes;
  copyLoose(text, textAt, textBytes);
  const offset = metadataWith(at, 7 + nameBytes + textBytes, what, form, at + 7, nameBytes, text, textBytes);
  if (offset == 0) return false;
  follow(offset);
  seeMetadata(offset);
  return true;
}

function readMetrics(at: usize, end: usize): bool {
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 4) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    at = readLength(at, end);
    if (at == 0) return false;
    const metricEnd = at + <usize> varint;
    if (!readMetric(at, metricEnd) || !takeMetric(at)) return false;
    at = metricEnd;
  }
  return true;
}

/** The numbers of MetricType. */
function typeOf(number: u64): u32 {
  if (number == 0) return TYPE_COUNTER;
  if (number == 1) return TYPE_GAUGE;
  if (number == 2) return TYPE_SUMMARY;
  if (number == 3) return TYPE_UNKNOWN;
  if (number == 4) return TYPE_HISTOGRAM;
  return number == 5 ? TYPE_GAUGE_HISTOGRAM : TYPE_NONE;
}
