/**
 * Bounds what one request may cost beyond its bytes. A sample of two bytes takes eighty
 * in memory, and three bytes of snappy can stand for sixty-four of the request. So there
 * is a bound for the memory that a request takes, and one for the items that are looked
 * at. The bounds follow from how long a request may be. They lie above what the data of
 * any sender needs, and short requests pass however dense they are.
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
import { switches } from "./metadata_order";
import { blobs, labelIds, metadata, ROW_BYTES, rows, SAMPLE_BYTES } from "./rows";
import { symbolBytes, symbolCount } from "./symbols";

/** Memory for an entry of the string table, with its share of the slots. */
const SYMBOL_BYTES: usize = 48;
/** Memory for a signal that is being taken in, and for its row. */
const SIGNAL_BYTES: usize = SAMPLE_BYTES + ROW_BYTES;

/** How much memory may be held. There is no bound until a request opens one. */
let heldMax: usize = usize.MAX_VALUE;
let thingsMax: u32 = u32.MAX_VALUE;
let things: u32 = 0;

/**
 * A byte of a series takes less memory than this, whatever it says, unless it names a kept set
 * by its handle. Memory is measured when series have had so many bytes that half of what was
 * free could be taken.
 */
const MEMORY_A_BYTE: usize = 128;
/** How many bytes of series may come until it is measured again. */
let unmeasured: usize = 0;
/** Whether what the current series takes was allowed for when it began. */
let isCovered: bool = false;

/** How many bytes of signals the current series may collect. */
export let collectedMax: usize = BATCH_ROWS_MAX * SAMPLE_BYTES;

/**
 * Bytes that the batch takes. Histograms count twice, because writing them makes a copy.
 * Metadata counts with its slots.
 */
export function heldBytes(): usize {
  return rows.length + labelIds.length + ((blobs.length + metadata.length + switches.length) << 1) +
    symbolBytes() + <usize> symbolCount() * SYMBOL_BYTES;
}

/** Opens the bounds of a request that may be as long as `bytesMax`. */
export function openBudget(bytesMax: u64): void {
  const memoryMax = <u64> REQUEST_MEMORY_MIN + bytesMax;
  heldMax = heldBytes() + <usize> memoryMax;
  thingsMax = REQUEST_THINGS_MIN + <u32> (bytesMax / REQUEST_BYTES_A_THING);
  things = 0;
  unmeasured = 0;
  isCovered = false;
  setNamedMax(<u64> REQUEST_MEMORY_MIN + bytesMax * REQUEST_NAMED_FACTOR);
  setReserve(heldMax);
}

/** Opens the bounds of a file's records, which are read as requests. */
export function openFileBudget(): void {
  isCovered = false;
  heldMax = usize.MAX_VALUE;
  thingsMax = u32.MAX_VALUE;
  collectedMax = BATCH_ROWS_MAX * SAMPLE_BYTES;
  setNamedMax(u64.MAX_VALUE);
}

/**
 * Counts `more` items that were looked at. Faults and returns false if they are too many,
 * or if there is no memory for more.
 */
export function mayGoOn(at: usize, more: u32): bool {
  things += more;
  if (things > thingsMax) return refuse(FAULT_REQUEST_THINGS, at, things, thingsMax);
  return hasMemory(at);
}

/**
 * The same for a series of so many bytes, which is one item. mayAddSeries is to be asked at its end. Where memory
 * is not measured, measuring would not have found too little.
 */
// @ts-ignore: decorator
@inline
export function mayBeginSeries(at: usize, bytes: usize): bool {
  if (bytes > unmeasured) return measureSeries(at, bytes);
  unmeasured -= bytes;
  isCovered = true;
  things++;
  return things <= thingsMax || refuse(FAULT_REQUEST_THINGS, at, things, thingsMax);
}

function measureSeries(at: usize, bytes: usize): bool {
  if (!mayGoOn(at, 1)) return false;
  const free = heldMax - heldBytes() - requestSymbolBytes();
  unmeasured = free / (2 * MEMORY_A_BYTE);
  isCovered = bytes <= unmeasured;
  if (isCovered) unmeasured -= bytes;
  return true;
}

/** The current series takes more memory than its bytes say. */
export function uncoverSeries(): void {
  isCovered = false;
  unmeasured = 0;
}

/** Whether a series with so many signals may be added to the batch. */
// @ts-ignore: decorator
@inline
export function mayAddSeries(at: usize, signals: u32): bool {
  if (!isCovered) return mayGoOn(at, signals);
  things += signals;
  return things <= thingsMax || refuse(FAULT_REQUEST_THINGS, at, things, thingsMax);
}

/** Whether there is memory for more. Faults if not. */
export function hasMemory(at: usize): bool {
  unmeasured = 0;
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
