/** The symbols of the current remote write 2.0 request. Its series refer to them by number. */
import { FAULT_NAMED_BYTES } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { refuse } from "../abi/result";
import { STRING_REF_BYTES, StringRef } from "./strings";

/** A `StringRef` for each symbol, by number. */
const symbols: Buffer = createBuffer();

/**
 * Bytes of the symbols that were referred to so far, counted each time. A few bytes of
 * references can stand for many.
 */
let namedBytes: u64 = 0;
let namedMax: u64 = u64.MAX_VALUE;

export function setNamedMax(bytes: u64): void {
  namedMax = bytes;
}

/** Notes references to symbols of this many bytes. Returns whether they may still be looked at. */
export function mayName(bytes: u64): bool {
  namedBytes += bytes;
  return namedBytes <= namedMax;
}

/** Whether no more was referred to than is allowed. Faults if not. */
export function namesFit(at: usize): bool {
  if (namedBytes <= namedMax) return true;
  return refuse(FAULT_NAMED_BYTES, at, <f64> namedBytes, <f64> namedMax);
}

/** Bytes that the table of symbols takes. */
export function requestSymbolBytes(): usize {
  return symbols.length;
}

/** Forgets all symbols. A request that is not in 2.0 has none. */
export function clearSymbolsOfRequest(): void {
  symbols.length = 0;
  namedBytes = 0;
}

export function addSymbolOfRequest(at: usize, bytes: usize): void {
  const symbol = changetype<StringRef>(reserveMore(symbols, STRING_REF_BYTES));
  symbol.at = at;
  symbol.bytes = bytes;
  symbols.length += STRING_REF_BYTES;
}

export function symbolsInRequest(): u32 {
  return <u32> (symbols.length / STRING_REF_BYTES);
}

// @ts-ignore: decorator
@inline
function symbolRef(reference: u32): StringRef {
  return changetype<StringRef>(symbols.at + <usize> reference * STRING_REF_BYTES);
}

// @ts-ignore: decorator
@inline
export function symbolPlace(reference: u32): usize {
  return symbolRef(reference).at;
}

// @ts-ignore: decorator
@inline
export function symbolBytesOf(reference: u32): usize {
  return symbolRef(reference).bytes;
}
