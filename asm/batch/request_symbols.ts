/** The symbols of the remote write 2.0 request at hand, which its series refer to by number. */
import { FAULT_NAMED_BYTES } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { refuse } from "../abi/result";

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

/** Bytes that the table of symbols takes. */
export function requestSymbolBytes(): usize {
  return symbols.length;
}

/** There are none so far; a request that is not one in 2.0 has none at all. */
export function clearSymbolsOfRequest(): void {
  symbols.length = 0;
  namedBytes = 0;
}

export function addSymbolOfRequest(at: usize, bytes: u32): void {
  const entry = reserveMore(symbols, 8);
  store<u32>(entry, <u32> at);
  store<u32>(entry, bytes, 4);
  symbols.length += 8;
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
