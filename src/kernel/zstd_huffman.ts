import { BackwardBits, corruptZstd } from "./zstd_bits.ts";
import { nextState, readTable } from "./zstd_fse.ts";

/** No code is longer. */
const BITS_MAX = 11;
const SYMBOLS_MAX = 256;

/** A Huffman code (RFC 8878, 4.2): by the next `log` bits, the symbol, and how many of them are its own. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads the description of a code; returns the code and where its description ends. */
export function readHuffman(
  data: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; end: number } {
  const head = start < end ? data[start]! : 0;
  const isPlain = head >= 128;
  const bytes = isPlain ? (head - 126) >> 1 : head;
  const weightsEnd = start + 1 + bytes;
  if (bytes === 0 || weightsEnd > end) {
    throw corruptZstd(`a code of ${bytes} bytes`, `1 to ${end - start - 1}`, start);
  }
  const weights = isPlain
    ? plainWeights(data, start + 1, head - 127)
    : packedWeights(data, start + 1, weightsEnd);
  return { table: tableOf(weights, start), end: weightsEnd };
}

/** Half a byte each. */
function plainWeights(data: Uint8Array, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const byte = data[start + (i >> 1)]!;
    return i % 2 === 0 ? byte >> 4 : byte & 15;
  });
}

/** Two states that take turns, until the bits do not reach for the next one. */
function packedWeights(data: Uint8Array, start: number, end: number): number[] {
  const { table, end: tableEnd } = readTable(data, start, end, BITS_MAX + 1, 6);
  const bits = new BackwardBits(data, tableEnd, end);
  const weights: number[] = [];
  let state = bits.read(table.log);
  let other = bits.read(table.log);
  for (;;) {
    weights.push(table.symbols[state]!);
    if (bits.left < table.bits[state]!) break;
    if (weights.length >= SYMBOLS_MAX) throw corruptZstd("weights without end", "255", start);
    [state, other] = [other, nextState(table, state, bits)];
  }
  weights.push(table.symbols[other]!);
  return weights;
}

/** The weight of the last symbol is what is left to a whole. */
function tableOf(weights: number[], at: number): HuffmanTable {
  const sum = weights.reduce((all, weight) => all + ((1 << weight) >> 1), 0);
  const log = 32 - Math.clz32(sum);
  const rest = 2 ** log - sum;
  const isOdd = weights.length >= SYMBOLS_MAX || log > BITS_MAX || sum === 0;
  if (isOdd || (rest & (rest - 1)) !== 0) {
    throw corruptZstd(`${weights.length} weights of ${sum} in all`, "a code", at);
  }
  weights.push(32 - Math.clz32(rest));
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let place = 0;
  for (let weight = 1; weight <= log; weight++) {
    weights.forEach((own, symbol) => {
      if (own !== weight) return;
      const places = 1 << (weight - 1);
      symbols.fill(symbol, place, place + places);
      bits.fill(log + 1 - weight, place, place + places);
      place += places;
    });
  }
  return { log, symbols, bits };
}

/** Reads as many symbols as `to` has room for, which must be all. */
export function decodeHuffman(
  table: HuffmanTable,
  data: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
): void {
  const bits = new BackwardBits(data, start, end);
  for (let i = 0; i < to.length; i++) {
    const next = bits.peek(table.log);
    to[i] = table.symbols[next]!;
    bits.read(table.bits[next]!);
  }
  if (bits.left > 0) throw corruptZstd(`${bits.left} bits too many`, "none", start);
}
