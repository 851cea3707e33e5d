/**
 * What one request may cost beyond its bytes. Two of them can stand for a sample,
 * which takes eighty in memory, and three bytes under snappy for sixty-four of
 * those: so what is made of a request is bounded, and how much of it is looked at.
 * The bounds follow from how long a request may be, and lie above what any sender's
 * data needs: whatever is short because it is dense passes in any case.
 */
import {
  BATCH_ROWS_MAX,
  FAULT_REQUEST_MEMORY,
  FAULT_REQUEST_THINGS,
  REQUEST_BYTES_A_THING,
  REQUEST_MEMORY_MIN,
  REQUEST_NAMED_FACTOR,
  REQUEST_THINGS_MIN,
} from "../abi/layout";
import { setReserve } from "../bytes/memory";
import { requestSymbolBytes, setNamedMax } from "./request_symbols";
import { refuse } from "../abi/result";
import { blobs, labelIds, metadata, ROW_BYTES, rows, SAMPLE_BYTES } from "./rows";
import { symbolBytes, symbolCount } from "./symbols";

/** An entry of the string table and its share of the slots. */
const SYMBOL_BYTES: usize = 48;
/** A signal under way, and its row. */
const SIGNAL_BYTES: usize = SAMPLE_BYTES + ROW_BYTES;

/** What may be held: without bounds until a request opens them. */
let heldMax: usize = usize.MAX_VALUE;
let thingsMax: u32 = u32.MAX_VALUE;
let things: u32 = 0;

/** As many bytes of signals as the series at hand may collect. */
export let collectedMax: usize = BATCH_ROWS_MAX * SAMPLE_BYTES;

/** Bytes that the batch takes. Histograms are there twice when it is written, and metadata has slots. */
export function heldBytes(): usize {
  return rows.length + labelIds.length + ((blobs.length + metadata.length) << 1) + symbolBytes() +
    <usize> symbolCount() * SYMBOL_BYTES;
}

/** Opens the bounds of a request that may be as long as `bytesMax`. */
export function openBudget(bytesMax: u64): void {
  const memoryMax = <u64> REQUEST_MEMORY_MIN + bytesMax;
  heldMax = heldBytes() + <usize> memoryMax;
  thingsMax = REQUEST_THINGS_MIN + <u32> (bytesMax / REQUEST_BYTES_A_THING);
  things = 0;
  setNamedMax(<u64> REQUEST_MEMORY_MIN + bytesMax * REQUEST_NAMED_FACTOR);
  setReserve(heldMax);
}

/** Opens the bounds of a file's records, which are read as requests. */
export function openFileBudget(): void {
  heldMax = usize.MAX_VALUE;
  thingsMax = u32.MAX_VALUE;
  collectedMax = BATCH_ROWS_MAX * SAMPLE_BYTES;
  setNamedMax(u64.MAX_VALUE);
}

/** Counts `more` things that were looked at. False if that is too many, or if there is no memory for more; then there is a fault. */
export function mayGoOn(at: usize, more: u32): bool {
  things += more;
  if (things > thingsMax) return refuse(FAULT_REQUEST_THINGS, at, things, thingsMax);
  return hasMemory(at);
}

/** Whether there is memory for more; if not, there is a fault. */
export function hasMemory(at: usize): bool {
  const held = heldBytes() + requestSymbolBytes();
  if (held > heldMax) return refuse(FAULT_REQUEST_MEMORY, at, <f64> held, <f64> heldMax);
  const signals = min((heldMax - held) / SIGNAL_BYTES, BATCH_ROWS_MAX);
  collectedMax = signals * SAMPLE_BYTES;
  return true;
}

/** Faults for a series with more signals than there is memory for. */
export function refuseSignals(at: usize, collected: usize): bool {
  const held = heldBytes() + (collected / SAMPLE_BYTES + 1) * SIGNAL_BYTES;
  return refuse(FAULT_REQUEST_MEMORY, at, <f64> held, <f64> heldMax);
}
