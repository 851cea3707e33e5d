import { type BackwardBits, corruptZstd } from "./zstd_bits.ts";

/** A decoding table of finite state entropy (RFC 8878, 4.1.1): by state, its symbol and the way to the next state. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** The same symbol again and again, without a bit. */
export function tableOfOne(symbol: number): FseTable {
  return {
    log: 0,
    symbols: Uint8Array.of(symbol),
    bits: new Uint8Array(1),
    bases: new Uint16Array(1),
  };
}

/** The state that follows, by bits that are read. */
export function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return table.bases[state]! + bits.read(table.bits[state]!);
}

/** Makes a table of how often each symbol comes; -1 is less than once. Together they are 1 << log. */
export function buildTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = spread(counts, size);
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  const next = counts.map((count) => count < 0 ? 1 : count);
  for (let state = 0; state < size; state++) {
    const number = next[symbols[state]!]!++;
    bits[state] = log - (31 - Math.clz32(number));
    bases[state] = (number << bits[state]!) - size;
  }
  return { log, symbols, bits, bases };
}

/** Deals the states to the symbols: the rare ones at the end, the others in strides. */
function spread(counts: readonly number[], size: number): Uint8Array {
  const symbols = new Uint8Array(size);
  let high = size - 1;
  counts.forEach((count, symbol) => {
    if (count < 0) symbols[high--] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1); while (at > high);
    }
  });
  return symbols;
}

/** Reads the description of a table, for symbols below `symbolsMax`; returns the table and where its description ends. */
export function readTable(
  data: Uint8Array,
  start: number,
  end: number,
  symbolsMax: number,
  logMax: number,
): { table: FseTable; end: number } {
  const bits = new ForwardBits(data, start, end);
  const log = bits.peek(4) + 5;
  bits.skip(4);
  if (log > logMax) throw corruptZstd(`a table for ${log} bits`, `at most ${logMax}`, start);
  const counts: number[] = [];
  for (let left = 1 << log; left > 0;) {
    const count = readCount(bits, left);
    left -= Math.abs(count);
    counts.push(count);
    if (count === 0) readZeros(bits, counts, symbolsMax);
    if (left < 0 || counts.length > symbolsMax) {
      throw corruptZstd(`a table of ${counts.length} symbols`, `at most ${symbolsMax}`, start);
    }
  }
  return { table: buildTable(counts, log), end: bits.end };
}

/** A number from -1 to `left`, in as few bits as tell these apart: the smaller half in one less. */
function readCount(bits: ForwardBits, left: number): number {
  const width = 32 - Math.clz32(left + 1);
  const half = 1 << (width - 1);
  const short = 2 * half - 2 - left;
  const value = bits.peek(width);
  const low = value & (half - 1);
  if (low < short) {
    bits.skip(width - 1);
    return low - 1;
  }
  bits.skip(width);
  return (value < half ? value : value - short) - 1;
}

/** Behind a symbol that never comes: how many more do not, three at a time. */
function readZeros(bits: ForwardBits, counts: number[], symbolsMax: number): void {
  let more: number;
  do {
    more = bits.peek(2);
    bits.skip(2);
    for (let i = 0; i < more; i++) counts.push(0);
  } while (more === 3 && counts.length <= symbolsMax);
}

/** Bits from the lowest of the first byte on. */
class ForwardBits {
  readonly #data: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #place = 0;

  constructor(data: Uint8Array, start: number, end: number) {
    this.#data = data;
    this.#start = start;
    this.#end = end;
  }

  /** Where the byte after the last bit begins. */
  get end(): number {
    return this.#start + ((this.#place + 7) >>> 3);
  }

  /** The next `count` bits, at most 16; zeros behind the end. */
  peek(count: number): number {
    const at = this.#start + (this.#place >>> 3);
    const word = this.#byte(at) | (this.#byte(at + 1) << 8) | (this.#byte(at + 2) << 16);
    return (word >>> (this.#place & 7)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#place += count;
    if (this.end > this.#end) throw corruptZstd("a table cut off", "its end", this.#start);
  }

  #byte(at: number): number {
    return at < this.#end ? this.#data[at]! : 0;
  }
}
