/** The functions of a writer. */
import { writeBatch } from "./formats/alloy/v1_write";
import {
  beginRequest,
  clearBatch,
  finishRequest,
  rollBackRequest,
  setCarriesAll,
} from "./intake/batch";
import { firstInvalidPlace, invalidSignals, setLatest } from "./intake/refusals";
import { openBudget } from "./batch/budget";
import { setExemplarReferences } from "./intake/exemplar_read";
import { cutoffOf, handOut, inputAt, putChecksum, releaseInput } from "./input";
import { putHandover } from "./intake/handover";
import { forgetSets } from "./intake/kept/sets";
import { setLabelRules } from "./intake/label_rules";
import {
  COMPRESSION_SNAPPY,
  FAULT_NONE,
  FORMAT_ALLOY_V1,
  FORMAT_WALQ_V1,
  MESSAGE_SCRAPED,
  MESSAGE_V1,
  MESSAGE_V2,
  SLOT_METADATA,
  SLOT_SIGNALS,
  SLOT_STRINGS,
} from "./abi/layout";
import { Buffer, createLastingBuffer } from "./bytes/memory";
import { parseRequest, setTakesHandles } from "./intake/remote_write_v1";
import { parseRequestV2 } from "./intake/remote_write_v2";
import { clearSymbolsOfRequest } from "./batch/request_symbols";
import { begin, currentFault, put } from "./abi/result";
import { metadata, METADATA_BYTES, ROW_BYTES, rows } from "./batch/rows";
import { putSeriesName } from "./intake/series_name";
import { setTakesStarts } from "./intake/signal_intake";
import { decompress } from "./codec/snappy_decompress";
import { summarise } from "./batch/summary";
import { seedSymbols, symbolCount } from "./batch/symbols";
import { stringsWritten, writeColumns } from "./formats/walq/v1_write";
import { openStrings } from "./formats/walq/v1_write_strings";
import { closePart, dealBatch, openPart } from "./parts/parts";

/**
 * The current request without compression, and the file that encodeBatch writes. It is
 * kept, since every request needs it.
 */
const raw: Buffer = createLastingBuffer();

/** Sets the secret of the string table. */
export function seed(a: u32, b: u32): void {
  seedSymbols(a, b);
}

/**
 * Sets the format of files and the rules for labels. A limit of 0 is none. To be called
 * while the batch is empty.
 */
export function configureWriter(
  format: i32,
  names: i32,
  labelsMax: u32,
  nameBytesMax: u32,
  valueBytesMax: u32,
): void {
  setCarriesAll(format == FORMAT_WALQ_V1);
  setFileFormat(format);
  setLabelRules(names, labelsMax, nameBytesMax, valueBytesMax);
  // The kept sets were checked by the rules that were valid before.
  forgetSets();
}

/**
 * Adds the request in the input to the batch. Returns FAULT_NONE or a fault, after which
 * the batch is as it was.
 */
export function addRequest(
  bytes: u32,
  compression: i32,
  bytesMax: f64,
  cutoffMs: f64,
  latestMs: f64,
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
  // From here on only its uncompressed content is needed.
  if (compression == COMPRESSION_SNAPPY) releaseInput();
  beginRequest();
  clearSymbolsOfRequest();
  openBudget(<u64> bytesMax);
  setTakesStarts(message != MESSAGE_V1);
  setExemplarReferences(message == MESSAGE_V2);
  setTakesHandles(message == MESSAGE_SCRAPED);
  setLatest(cutoffOf(latestMs));
  const isParsed = message == MESSAGE_V2
    ? parseRequestV2(at, end, cutoffOf(cutoffMs))
    : parseRequest(at, end, cutoffOf(cutoffMs));
  if (!isParsed) {
    rollBackRequest();
    return currentFault();
  }
  finishRequest();
  if (invalidSignals() > 0) putSeriesName(at + firstInvalidPlace, end, message == MESSAGE_V2);
  return FAULT_NONE;
}

let fileFormat: i32 = FORMAT_WALQ_V1;

function setFileFormat(format: i32): void {
  fileFormat = format;
}

/** Writes the batch, compressed, and in short form if it has one; and opens an empty one. */
export function encodeBatch(): void {
  putHandover();
  if (fileFormat == FORMAT_WALQ_V1) openStrings();
  encodeFile(fileFormat);
  clearBatch();
}

/** Compresses what the batch has, and tells the binding of it. */
function encodeFile(format: i32): void {
  put(SLOT_SIGNALS, <f64> (rows.length / ROW_BYTES));
  summarise();
  if (format == FORMAT_ALLOY_V1) writeBatch(raw);
  else writeColumns(raw);
  put(SLOT_STRINGS, format == FORMAT_ALLOY_V1 ? symbolCount() : stringsWritten());
  handOut(raw.at, raw.length);
  putChecksum();
}

/**
 * Deals the batch out to so many partitions. Tells the binding how many rows and metadata
 * entries it has.
 */
export function beginParts(partitions: u32): void {
  put(SLOT_SIGNALS, <f64> (rows.length / ROW_BYTES));
  put(SLOT_METADATA, <f64> (metadata.length / METADATA_BYTES));
  dealBatch(partitions);
  openStrings();
}

/**
 * Writes the next part in walq's own format, which can have less than all of a batch,
 * compressed. Returns its partition, or -1 when there is no other one: then an empty batch is
 * open.
 */
export function encodePart(): i32 {
  const partition = openPart();
  if (partition < 0) clearBatch();
  else {
    encodeFile(FORMAT_WALQ_V1);
    closePart();
  }
  return partition;
}
