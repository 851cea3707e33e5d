/** The calls of a writer. */
import { writeBatch } from "./alloy_v1_write";
import { beginRequest, clearBatch, finishRequest, rollBackRequest } from "./batch";
import { cutoffOf, handOut, inputAt, putChecksum } from "./input";
import { COMPRESSION_SNAPPY, FAULT_NONE, SLOT_SIGNALS, SLOT_STRINGS } from "./layout";
import { Buffer, createBuffer } from "./memory";
import { parseRequest } from "./remote_write_v1";
import { begin, currentFault, put } from "./result";
import { ROW_BYTES, rows } from "./rows";
import { summarise } from "./summary";
import { decompress } from "./snappy_decompress";
import { seedSymbols, symbolCount } from "./symbols";

/** The request at hand without compression; the file that encodeBatch writes. */
const raw: Buffer = createBuffer();

/** Sets the secret of the string table. */
export function seed(a: u32, b: u32): void {
  seedSymbols(a, b);
}

/**
 * Sets the format of files and the rules for labels; 0 is no limit. To be called
 * while the batch is empty.
 */
export function configureWriter(
  format: i32,
  names: i32,
  labelsMax: u32,
  nameBytesMax: u32,
  valueBytesMax: u32,
): void {
  assert(rows.length == 0);
}

/** Adds the request in the input to the batch. Returns a fault, after which the batch is as it was. */
export function addRequest(
  bytes: u32,
  compression: i32,
  bytesMax: f64,
  cutoffMs: f64,
  message: i32,
): i32 {
  let at = inputAt(bytes);
  let end = at + <usize> bytes;
  begin(at);
  if (compression == COMPRESSION_SNAPPY) {
    if (!decompress(at, end, raw, <u64> bytesMax, false)) return currentFault();
    at = raw.at;
    end = at + raw.length;
    begin(at);
  }
  beginRequest();
  if (!parseRequest(at, end, cutoffOf(cutoffMs))) {
    rollBackRequest();
    return currentFault();
  }
  finishRequest();
  return FAULT_NONE;
}

function writeFile(out: Buffer): void {
  writeBatch(out);
}

/** Writes the batch, compressed, and opens an empty one. */
export function encodeBatch(): void {
  put(SLOT_SIGNALS, <f64> (rows.length / ROW_BYTES));
  put(SLOT_STRINGS, symbolCount());
  summarise();
  writeFile(raw);
  handOut(raw.at, raw.length);
  putChecksum();
  clearBatch();
}
