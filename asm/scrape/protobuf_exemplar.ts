/** Reads an Exemplar of a page in protobuf. */
import { LABEL_BYTES, setLabel } from "../batch/label";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "../codec/label_pair";
import {
  needs,
  readLength,
  readTag,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
  WIRE_FIXED64,
} from "../codec/protobuf";
import { addExemplar, setExemplarLabels } from "./exemplars";
import { Row } from "./page";
import { readTime, timeMs } from "./protobuf_time";

const ownLabels: Buffer = createBuffer();

/** Reads an exemplar and gives it to a row; one without a time is left out where it needs one. Returns false after a fault. */
export function takeExemplar(row: Row, at: usize, bytes: usize, needsTime: bool): bool {
  const end = at + bytes;
  let value: u64 = 0;
  let isTimed = false;
  let timestampMs: i64 = 0;
  ownLabels.length = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 2) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      value = load<u64>(at);
      at += 8;
    } else if (field == 1 || field == 3) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      const partEnd = at + <usize> varint;
      if (field == 1) {
        if (!readLabel(at, partEnd)) return false;
        setLabel(reserveMore(ownLabels, LABEL_BYTES), labelNameAt, labelNameBytes, labelValueAt, labelValueBytes);
        ownLabels.length += LABEL_BYTES;
      } else {
        if (readTime(at, partEnd) == 0) return false;
        isTimed = true;
        timestampMs = timeMs();
      }
      at = partEnd;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  if (needsTime && !isTimed) return true;
  const exemplar = addExemplar(row, value, isTimed, timestampMs);
  setExemplarLabels(exemplar, ownLabels.at, ownLabels.length / LABEL_BYTES);
  return true;
}
