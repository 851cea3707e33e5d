/**
 * A batch in short form, for readers in the same process, which are given it beside the
 * file: for each row the handle of its label set, and its timestamp and value. Labels are
 * there for sets that are not kept, and for those that have their handle since this batch.
 * Only a batch of samples, of which most have a handle that was known before, has one.
 *
 *     n words, u32: a handle, or 0, and HANDED_INLINE if there are labels
 *     nothing, up to a multiple of 8 | n timestamps, i64 | n values, u64
 *     for each row with labels: their count, u32, and of each the length of name and value, u32, and both
 */
import { handleGeneration } from "./kept/handles";
import { HANDED_INLINE, SLOT_HANDED_AT, SLOT_HANDED_BYTES } from "../abi/layout";
import { put } from "../abi/result";
import { KIND_SAMPLE, metadata, Row, ROW_BYTES, rows } from "../batch/rows";
import { symbolAt, symbolLength } from "../batch/symbols";
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../bytes/memory";

const columns: Buffer = createBuffer();

/** Of so many rows one may come with its labels: reading the file costs less than more of them. */
const ROWS_AN_INLINE: usize = 8;

/** The generation of handles that the open batch began with. */
let generation: u32 = handleGeneration();

/** To be called when the batch is empty. */
export function beginHandover(): void {
  generation = handleGeneration();
}

/** Gives the rows from an offset on the handle of the set that their labels are kept as since then. */
export function nameRows(from: usize, handle: u32): void {
  const end = rows.at + rows.length;
  for (let rowAt = rows.at + from; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (row.kind == KIND_SAMPLE) row.extra = handle | HANDED_INLINE;
  }
}

/** Writes the open batch in short form, and tells the binding where it is; no bytes if it has none. */
export function putHandover(): void {
  const isWhole = write();
  put(SLOT_HANDED_AT, isWhole ? <f64> columns.at : 0);
  put(SLOT_HANDED_BYTES, isWhole ? <f64> columns.length : 0);
}

function write(): bool {
  // What lost its meaning while the batch was open names other sets now, or none.
  if (metadata.length != 0 || generation != handleGeneration()) return false;
  const count = rows.length / ROW_BYTES;
  const timesFrom = (count * 4 + 7) & ~7;
  columns.length = 0;
  let word = reserve(columns, timesFrom + count * 16);
  let time = word + timesFrom;
  let value = time + count * 8;
  let inline: usize = 0;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (row.kind != KIND_SAMPLE || row.startMs != 0) return false;
    if (row.extra == 0) row.extra = HANDED_INLINE;
    inline += <usize> (row.extra >> 31);
    store<u32>(word, row.extra);
    store<i64>(time, row.timestampMs);
    store<u64>(value, row.valueBits);
    word += 4;
    time += 8;
    value += 8;
  }
  columns.length = timesFrom + count * 16;
  if (inline * ROWS_AN_INLINE > count) return false;
  for (let rowAt = rows.at; inline != 0; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if ((row.extra & HANDED_INLINE) == 0) continue;
    writeLabels(row);
    inline--;
  }
  return true;
}

function writeLabels(row: Row): void {
  const count = row.labelCount;
  store<u32>(reserveMore(columns, 4), <u32> count);
  columns.length += 4;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(row.namesAt + (i << 2));
    const symbol = load<u32>(row.valuesAt + (i << 2));
    const nameBytes = symbolLength(name);
    const valueBytes = symbolLength(symbol);
    const to = reserveMore(columns, 8 + nameBytes + valueBytes);
    store<u32>(to, <u32> nameBytes);
    store<u32>(to, <u32> valueBytes, 4);
    copyLoose(to + 8, symbolAt(name), nameBytes);
    copyLoose(to + 8 + nameBytes, symbolAt(symbol), valueBytes);
    columns.length += 8 + nameBytes + valueBytes;
  }
}
