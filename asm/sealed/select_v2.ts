/** Copies the signals of a remote write 2.0 request that are kept, and the series that they are in. */
import { append, Buffer, createBuffer } from "../bytes/memory";
import { readLength, readTag, varint, WIRE_BYTES } from "../codec/protobuf";
import {
  bytesTag,
  V2_EXEMPLARS,
  V2_LABELS_REFS,
  V2_METADATA,
  V2_TIMESERIES,
} from "../codec/remote_write_fields";
import { appendField } from "./fields";
import { isKept } from "./marks";
import { openRenumbering, renumberExemplar, renumberMetadata, renumberReferences, symbols } from "./renumber";
import { nextSeries, signalAt, signalCount } from "./signals";

/** The series that are kept, the series that is being written, and a field of it with new numbers. */
const body: Buffer = createBuffer();
const series: Buffer = createBuffer();
const message: Buffer = createBuffer();

/** Whether the new request gets only the symbols that it uses, with new numbers, in place of all symbols. */
let renumbers: bool = false;

/** Copies what is kept of the request, which has been indexed. Returns false after a fault. */
export function copyKeptV2(at: usize, end: usize, hasOwnSymbols: bool, out: Buffer): bool {
  const count = signalCount();
  if (count == 0) return true;
  renumbers = hasOwnSymbols;
  if (renumbers && !openRenumbering(at, end)) return false;
  body.length = 0;
  for (let first: u32 = 0; first < count;) {
    const next = nextSeries(first);
    if (isAnyKept(first, next) && !copySeries(first, next, end)) return false;
    first = next;
  }
  if (renumbers) append(out, symbols.at, symbols.length);
  else append(out, at, <usize> signalAt(0).seriesAt - at);
  append(out, body.at, body.length);
  return true;
}

function isAnyKept(first: u32, next: u32): bool {
  for (let index = first; index < next; index++) {
    if (isKept(index)) return true;
  }
  return false;
}

/**
 * Copies the signals that are kept, and all fields that are not signals: labels, and
 * metadata at the end of the series.
 */
function copySeries(first: u32, next: u32, end: usize): bool {
  series.length = 0;
  // The index has shown that tags and lengths are right.
  let at = readLength(readTag(signalAt(first).seriesAt, end), end);
  const seriesEnd = at + <usize> varint;
  for (let index = first; at < seriesEnd;) {
    const start = at;
    at = readTag(at, seriesEnd);
    const field = varint >> 3;
    at = readLength(at, seriesEnd);
    const fieldEnd = at + <usize> varint;
    const isSignal = index < next && <usize> signalAt(index).at == start;
    const isIn = !isSignal || isKept(index);
    if (isSignal) index++;
    if (isIn && !copyField(field, start, at, fieldEnd)) return false;
    at = fieldEnd;
  }
  appendField(body, bytesTag(V2_TIMESERIES), series.at, series.length);
  return true;
}

/** Copies a field that begins at `start`. Its content goes from `at` to `end`. */
function copyField(field: u64, start: usize, at: usize, end: usize): bool {
  if (!renumbers || (field != V2_LABELS_REFS && field != V2_EXEMPLARS && field != V2_METADATA)) {
    append(series, start, end - start);
    return true;
  }
  message.length = 0;
  const isRenumbered = field == V2_LABELS_REFS
    ? renumberReferences(at, end, message)
    : field == V2_EXEMPLARS
    ? renumberExemplar(at, end, message)
    : renumberMetadata(at, end, message);
  if (!isRenumbered) return false;
  appendField(series, (<u32> field << 3) | WIRE_BYTES, message.at, message.length);
  return true;
}
