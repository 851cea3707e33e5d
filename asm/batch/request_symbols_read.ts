/** Reads the symbols of a remote write 2.0 request. Its series refer to them by number. */
import { mayGoOn } from "./budget";
import { FAULT_SYMBOLS } from "../abi/layout";
import { readLength, readTag, skipField, varint, wants, WIRE_BYTES } from "../codec/protobuf";
import { V2_SYMBOLS } from "../codec/remote_write_fields";
import { addSymbolOfRequest, clearSymbolsOfRequest, symbolBytesOf, symbolsInRequest } from "./request_symbols";
import { refuse } from "../abi/result";

/** Finds the symbols, which may come before, after and between the series. Returns false after a fault. */
export function readSymbols(at: usize, end: usize): bool {
  clearSymbolsOfRequest();
  const start = at;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 != V2_SYMBOLS) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    if (!mayGoOn(tagAt, 1)) return false;
    addSymbolOfRequest(at, <usize> varint);
    at += <usize> varint;
  }
  // Specification 2.0, "Symbols": the first one is the empty string.
  const count = symbolsInRequest();
  if (count == 0 && start == end) return true;
  if (count == 0 || symbolBytesOf(0) != 0) return refuse(FAULT_SYMBOLS, start, count, 0);
  return true;
}
