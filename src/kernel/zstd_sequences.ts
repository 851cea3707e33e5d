import { BackwardBits, corruptZstd } from "./zstd_bits.ts";
import { buildTable, type FseTable, nextState, readTable, tableOfOne } from "./zstd_fse.ts";

/** Tables for the lengths of literals, the offsets and the lengths of matches, in the order of the format. */
export type Tables = readonly [FseTable, FseTable, FseTable];

/** What is known of one of the three kinds of codes (RFC 8878, 3.1.1.3.2). */
interface Kind {
  readonly symbols: number;
  readonly logMax: number;
  readonly usual: FseTable;
}

const ones = (count: number, value = 1): number[] => new Array<number>(count).fill(value);

const LITERAL_LENGTHS: Kind = {
  symbols: 36,
  logMax: 9,
  usual: buildTable(
    [4, 3, ...ones(11, 2), ...ones(3), ...ones(9, 2), 3, 2, ...ones(5), ...ones(4, -1)],
    6,
  ),
};
const OFFSETS: Kind = {
  symbols: 32,
  logMax: 8,
  usual: buildTable([...ones(6), ...ones(3, 2), ...ones(15), ...ones(5, -1)], 5),
};
const MATCH_LENGTHS: Kind = {
  symbols: 53,
  logMax: 9,
  usual: buildTable([1, 4, 3, ...ones(6, 2), ...ones(37), ...ones(7, -1)], 6),
};

/** Bits that follow a code, and the least number that it stands for. */
// deno-fmt-ignore
const LITERAL_BITS: readonly number[] = [
  ...ones(16, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
// deno-fmt-ignore
const MATCH_BITS: readonly number[] = [
  ...ones(32, 0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const LITERAL_LEAST = leastOf(LITERAL_BITS, 0);
const MATCH_LEAST = leastOf(MATCH_BITS, 3);

function leastOf(bits: readonly number[], first: number): number[] {
  let least = first;
  return bits.map((count) => {
    const own = least;
    least += 2 ** count;
    return own;
  });
}

/** Takes one sequence: literals, then a match `offset` back. An offset of 1 to 3 is one used before. */
export type TakeSequence = (literals: number, offset: number, match: number) => void;

/** Reads the sequences of a block; `before` are the tables of the block before. Returns the tables for the next. */
export function readSequences(
  data: Uint8Array,
  start: number,
  end: number,
  before: Tables | undefined,
  take: TakeSequence,
): Tables | undefined {
  const head = readCount(data, start, end);
  let { at } = head;
  if (head.count === 0) {
    if (at !== end) throw corruptZstd(`${end - at} bytes without sequences`, "none", at);
    return before;
  }
  const modes = at < end ? data[at++]! : 3;
  if ((modes & 3) !== 0) throw corruptZstd(`modes 0x${modes.toString(16)}`, "reserved bits 0", at);
  const tables = [LITERAL_LENGTHS, OFFSETS, MATCH_LENGTHS].map((kind, index) => {
    const mode = (modes >> (6 - 2 * index)) & 3;
    const { table, end: next } = tableBy(mode, kind, before?.[index], data, at, end);
    at = next;
    return table;
  }) as unknown as Tables;
  run(tables, new BackwardBits(data, at, end), head.count, take);
  return tables;
}

function readCount(data: Uint8Array, start: number, end: number): { count: number; at: number } {
  const byte = (index: number): number => {
    if (start + index >= end) throw corruptZstd("no count of sequences", "one", start);
    return data[start + index]!;
  };
  const first = byte(0);
  if (first < 128) return { count: first, at: start + 1 };
  if (first < 255) return { count: ((first - 128) << 8) + byte(1), at: start + 2 };
  return { count: byte(1) + (byte(2) << 8) + 0x7f00, at: start + 3 };
}

function tableBy(
  mode: number,
  kind: Kind,
  before: FseTable | undefined,
  data: Uint8Array,
  at: number,
  end: number,
): { table: FseTable; end: number } {
  if (mode === 0) return { table: kind.usual, end: at };
  if (mode === 2) return readTable(data, at, end, kind.symbols, kind.logMax);
  if (mode === 3) {
    if (before === undefined) throw corruptZstd("no table before the first", "one", at);
    return { table: before, end: at };
  }
  const symbol = at < end ? data[at]! : kind.symbols;
  if (symbol >= kind.symbols) throw corruptZstd(`code ${symbol}`, `below ${kind.symbols}`, at);
  return { table: tableOfOne(symbol), end: at + 1 };
}

function run(tables: Tables, bits: BackwardBits, count: number, take: TakeSequence): void {
  const [literals, offsets, matches] = tables;
  let literal = bits.read(literals.log);
  let offset = bits.read(offsets.log);
  let match = bits.read(matches.log);
  for (let left = count; left > 0; left--) {
    const offsetCode = offsets.symbols[offset]!;
    // More than 16 bits are read in two parts.
    const high = Math.max(0, offsetCode - 16);
    const above = bits.read(high) * 2 ** (offsetCode - high);
    const distance = 2 ** offsetCode + above + bits.read(offsetCode - high);
    const matchCode = matches.symbols[match]!;
    const matchBytes = MATCH_LEAST[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
    const literalCode = literals.symbols[literal]!;
    const literalBytes = LITERAL_LEAST[literalCode]! + bits.read(LITERAL_BITS[literalCode]!);
    take(literalBytes, distance, matchBytes);
    if (left === 1) break;
    literal = nextState(literals, literal, bits);
    match = nextState(matches, match, bits);
    offset = nextState(offsets, offset, bits);
  }
  if (bits.left > 0) throw corruptZstd(`${bits.left} bits behind the sequences`, "none", 0);
}
