/** The symbols of the remote write 2.0 request at hand, which its series refer to by number. */
import { mayGoOn } from "./budget";
import { FAULT_NAMED_BYTES, FAULT_SYMBOLS } from "./layout";
import { Buffer, createBuffer, reserveMore } from "./memory";
import { readLength, readTag, skipField, varint, wants, WIRE_BYTES } from "./protobuf";
import { refuse } from "./result";

/** `symbols = 4` of a Request. */
const SYMBOLS_FIELD: u64 = 4;

/** Where each symbol is and its length, u32 both. */
const symbols: Buffer = createBuffer();

/** Bytes of all symbols that were named so far, as often as they were: a few bytes can name many. */
let namedBytes: u64 = 0;
let namedMax: u64 = u64.MAX_VALUE;

export function setNamedMax(bytes: u64): void {
  namedMax = bytes;
}

/** Notes that symbols of so many bytes were named. Whether that is still few enough to look at them. */
export function mayName(bytes: u64): bool {
  namedBytes += bytes;
  return namedBytes <= namedMax;
}

/** Whether no more was named than may be; if not, there is a fault. */
export function namesFit(at: usize): bool {
  if (namedBytes <= namedMax) return true;
  return refuse(FAULT_NAMED_BYTES, at, <f64> namedBytes, <f64> namedMax);
}

/** Finds the symbols, which may come before, behind and between the series. False after a fault. */
export function readSymbols(at: usize, end: usize): bool {
  symbols.length = 0;
  namedBytes = 0;
  const start = at;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 != SYMBOLS_FIELD) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    if (!mayGoOn(tagAt, 1)) return false;
    const entry = reserveMore(symbols, 8);
    store<u32>(entry, <u32> at);
    store<u32>(entry, <u32> varint, 4);
    symbols.length += 8;
    at += <usize> varint;
  }
  // Specification 2.0, "Symbols": the first one is the empty string.
  const count = symbolsInRequest();
  if (count == 0 && start == end) return true;
  if (count == 0 || symbolBytesOf(0) != 0) return refuse(FAULT_SYMBOLS, start, count, 0);
  return true;
}

/** Bytes that the table of symbols takes. */
export function requestSymbolBytes(): usize {
  return symbols.length;
}

/** There are none: the request at hand is no request in 2.0. */
export function clearSymbolsOfRequest(): void {
  symbols.length = 0;
}

export function symbolsInRequest(): u32 {
  return <u32> (symbols.length >> 3);
}

// @ts-ignore: decorator
@inline
export function symbolPlace(reference: u32): usize {
  return <usize> load<u32>(symbols.at + (<usize> reference << 3));
}

// @ts-ignore: decorator
@inline
export function symbolBytesOf(reference: u32): usize {
  return <usize> load<u32>(symbols.at + (<usize> reference << 3), 4);
}
