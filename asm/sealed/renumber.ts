/**
 * The symbols for a part of a remote write 2.0 request. Each symbol that the part refers
 * to is there once, in order of first use.
 */
import { FAULT_INDEX } from "../abi/layout";
import { refuse } from "../abi/result";
import { symbolBytesOf, symbolPlace, symbolsInRequest } from "../batch/request_symbols";
import { readSymbols } from "../batch/request_symbols_read";
import { append, Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import {
  readLength,
  readTag,
  readVarint,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
  WIRE_VARINT,
  writeVarint,
} from "../codec/protobuf";
import {
  bytesTag,
  V2_LABELS_REFS,
  V2_METADATA_TYPE,
  V2_SYMBOLS,
} from "../codec/remote_write_fields";
import { appendField } from "./fields";

/** The fields of the symbols that the part refers to. */
export const symbols: Buffer = createBuffer();
let count: u32 = 0;
/**
 * The number of each symbol in the part, a u32 each, by its number in the whole request.
 * It is 0 until the symbol has one.
 */
const numbers: Buffer = createBuffer();
const references: Buffer = createBuffer();

/**
 * Reads the symbols of the whole request, and gives none of them a new number yet. Returns
 * false after a fault.
 */
export function openRenumbering(at: usize, end: usize): bool {
  if (!readSymbols(at, end)) return false;
  const bytes = <usize> symbolsInRequest() << 2;
  numbers.length = 0;
  memory.fill(reserve(numbers, bytes), 0, bytes);
  symbols.length = 0;
  // The empty symbol is always there.
  appendField(symbols, bytesTag(V2_SYMBOLS), at, 0);
  count = 1;
  return true;
}

/** Writes packed references with the part's numbers. Returns false after a fault. */
export function renumberReferences(at: usize, end: usize, out: Buffer): bool {
  while (at < end) {
    const start = at;
    at = readVarint(at, end);
    if (at == 0 || !renumber(start)) return false;
    out.length = writeVarint(reserveMore(out, 10), varint) - out.at;
  }
  return true;
}

/** Does the same for the labels of an exemplar. */
export function renumberExemplar(at: usize, end: usize, out: Buffer): bool {
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 != V2_LABELS_REFS) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      append(out, start, at - start);
      continue;
    }
    if (!wants(wire, WIRE_BYTES, start)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    references.length = 0;
    if (!renumberReferences(at, fieldEnd, references)) return false;
    appendField(out, bytesTag(V2_LABELS_REFS), references.at, references.length);
    at = fieldEnd;
  }
  return true;
}

/** Does the same for the help and the unit of metadata: `help_ref = 3`, `unit_ref = 4`. */
export function renumberMetadata(at: usize, end: usize, out: Buffer): bool {
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_VARINT, start)) return false;
    const tag = varint;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (tag >> 3 != V2_METADATA_TYPE && !renumber(start)) return false;
    out.length = writeVarint(writeVarint(reserveMore(out, 20), tag), varint) - out.at;
  }
  return true;
}

/** Replaces the symbol's number in `varint` by its number in the part. */
function renumber(at: usize): bool {
  const all = symbolsInRequest();
  if (varint >= <u64> all) return refuse(FAULT_INDEX, at, <f64> varint, all);
  if (varint == 0) return true;
  const number = numbers.at + (<usize> varint << 2);
  if (load<u32>(number) == 0) {
    appendField(symbols, bytesTag(V2_SYMBOLS), symbolPlace(<u32> varint), symbolBytesOf(<u32> varint));
    store<u32>(number, count++);
  }
  varint = load<u32>(number);
  return true;
}
