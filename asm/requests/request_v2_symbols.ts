/**
 * The symbols of an open remote write 2.0 request. Each string is there once, and the first
 * one is empty (specification 2.0, "Symbols"). A request outlives the batch that it began
 * with, so strings are found by content. Within a batch their ids are a shortcut.
 */
import { xxh64 } from "../bytes/hash";
import { Buffer, copyLoose, createLastingBuffer, release, reserve, reserveMore, sameBytes } from "../bytes/memory";
import { writeVarint } from "../codec/protobuf";
import { bytesTag, V2_SYMBOLS } from "../codec/remote_write_fields";
import { stringAt, stringBytes, stringCount } from "../batch/strings";

/** A string of the request. */
@unmanaged
class SymbolOut {
  /** Where its bytes are in `fields`, and how many they are. */
  offset: usize;
  bytes: usize;
  hash: u32;
}

const SYMBOL_BYTES: usize = offsetof<SymbolOut>();

@unmanaged
export class SymbolsOut {
  /** The fields of the request: tag, length, bytes. */
  fields: Buffer;
  /** A `SymbolOut` for each symbol but the empty one, by number. */
  entries: Buffer;
  /** A hash table with the numbers of symbols plus one. */
  slots: Buffer;
  slotCount: u32;
  /** The number of a symbol plus one, by string id of the current batch. */
  known: Buffer;
  /** The batch that `known` is for. */
  batch: u32;
}

export function createSymbolsOut(): SymbolsOut {
  const made = changetype<SymbolsOut>(heap.alloc(offsetof<SymbolsOut>()));
  made.fields = createLastingBuffer();
  made.entries = createLastingBuffer();
  made.slots = createLastingBuffer();
  made.slotCount = 0;
  made.known = createLastingBuffer();
  made.batch = 0;
  return made;
}

/** Forgets all symbols but the empty one, which is number 0. */
export function clearSymbolsOut(symbols: SymbolsOut): void {
  symbols.fields.length = 0;
  symbols.entries.length = 0;
  symbols.batch = 0;
  symbols.slotCount = 0;
  const at = reserve(symbols.fields, 2);
  store<u8>(at, bytesTag(V2_SYMBOLS));
  store<u8>(at, 0, 1);
  symbols.fields.length = 2;
}

/** Gives the memory of an empty request back: it stays one. */
export function releaseSymbolsOut(symbols: SymbolsOut): void {
  release(symbols.fields, 0);
  release(symbols.entries, 0);
  release(symbols.slots, 0);
  release(symbols.known, 0);
  clearSymbolsOut(symbols);
}

// @ts-ignore: decorator
@inline
function nthSymbol(symbols: SymbolsOut, number: u32): SymbolOut {
  return changetype<SymbolOut>(symbols.entries.at + <usize> number * SYMBOL_BYTES);
}

/** The number of a string of the current batch. */
// @ts-ignore: decorator
@inline
export function symbolOf(symbols: SymbolsOut, id: u32, batch: u32): u32 {
  if (symbols.batch != batch) forgetIds(symbols, batch);
  const place = symbols.known.at + (<usize> id << 2);
  const known = load<u32>(place);
  if (known != 0) return known - 1;
  const number = symbolOfBytes(symbols, stringAt(id), stringBytes(id));
  store<u32>(place, number + 1);
  return number;
}

function forgetIds(symbols: SymbolsOut, batch: u32): void {
  symbols.batch = batch;
  const bytes = <usize> stringCount() << 2;
  symbols.known.length = 0;
  memory.fill(reserve(symbols.known, bytes), 0, bytes);
}

/** The number of any string. */
export function symbolOfBytes(symbols: SymbolsOut, at: usize, bytes: usize): u32 {
  if (bytes == 0) return 0;
  const count = <u32> (symbols.entries.length / SYMBOL_BYTES);
  if ((count + 1) * 2 > symbols.slotCount) growSlots(symbols);
  const hash = <u32> xxh64(at, bytes);
  let index = hash;
  while (true) {
    const slot = symbols.slots.at + (<usize> (index & (symbols.slotCount - 1)) << 2);
    const number = load<u32>(slot);
    if (number == 0) {
      store<u32>(slot, count + 1);
      addSymbol(symbols, at, bytes, hash);
      return count + 1;
    }
    const symbol = nthSymbol(symbols, number - 1);
    const isSame = symbol.hash == hash && symbol.bytes == bytes &&
      sameBytes(symbols.fields.at + symbol.offset, at, bytes);
    if (isSame) return number;
    index++;
  }
}

function addSymbol(symbols: SymbolsOut, at: usize, bytes: usize, hash: u32): void {
  const fields = symbols.fields;
  let to = reserveMore(fields, bytes + 8);
  store<u8>(to, bytesTag(V2_SYMBOLS));
  to = writeVarint(to + 1, bytes);
  const symbol = changetype<SymbolOut>(reserveMore(symbols.entries, SYMBOL_BYTES));
  symbol.offset = to - fields.at;
  symbol.bytes = bytes;
  symbol.hash = hash;
  symbols.entries.length += SYMBOL_BYTES;
  copyLoose(to, at, bytes);
  fields.length = to + bytes - fields.at;
}

function growSlots(symbols: SymbolsOut): void {
  symbols.slotCount = max<u32>(256, symbols.slotCount * 2);
  const bytes = <usize> symbols.slotCount << 2;
  symbols.slots.length = 0;
  memory.fill(reserve(symbols.slots, bytes), 0, bytes);
  const count = <u32> (symbols.entries.length / SYMBOL_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    let index = nthSymbol(symbols, i).hash;
    const mask = symbols.slotCount - 1;
    while (load<u32>(symbols.slots.at + (<usize> (index & mask) << 2)) != 0) index++;
    store<u32>(symbols.slots.at + (<usize> (index & mask) << 2), i + 1);
  }
}

/** Takes over the fields that another instance has written, and finds the symbols in them. */
export function restoreSymbols(symbols: SymbolsOut, at: usize, bytes: usize): void {
  clearSymbolsOut(symbols);
  // The empty one is there already.
  let field = at + 2;
  const end = at + bytes;
  while (field < end) {
    let length: usize = 0;
    let shift: usize = 0;
    let byte: usize;
    field++;
    do {
      byte = <usize> load<u8>(field++);
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    symbolOfBytes(symbols, field, length);
    field += length;
  }
}
