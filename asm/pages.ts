/** The functions of a reader of pages. */
import {
  FAULT_NONE,
  PAGE_OPEN_METRICS,
  PAGE_PROTOBUF,
  SLOT_DATA_AT,
  SLOT_DATA_BYTES,
  SLOT_HELD_BYTES,
  SLOT_RAW_BYTES,
  SLOT_SIGNALS,
} from "./abi/layout";
import { begin, currentFault, put } from "./abi/result";
import { Buffer, createBuffer, hasLargeScratch, releaseScratch, reserveMore } from "./bytes/memory";
import { inputAt } from "./input";
import { takeAnswers, tellUnknown, unknownCount } from "./scrape/ask";
import { beginClassicPage } from "./scrape/classic";
import { beginExemplars } from "./scrape/exemplars";
import { tellFamilies, writeMetadata } from "./scrape/families";
import { forgetPage, keepPage, relabelAnew } from "./scrape/keep";
import { readOpenMetrics } from "./scrape/open_metrics";
import { askAgain, beginPage } from "./scrape/page";
import { readText } from "./scrape/prometheus_text";
import { readProtobuf } from "./scrape/protobuf_page";
import { takeHandles } from "./scrape/handles";
import { request, writeWhole } from "./scrape/request";
import { pack, unpack } from "./scrape/packed_target";
import { settle } from "./scrape/settle";
import { beginRows } from "./scrape/series_rows";
import { createTarget, freeTarget, heldBytes, Target } from "./scrape/target";

/** A request with the labels of all its series. */
const whole: Buffer = createBuffer();

/** Makes room for a target; returns what names it in other calls. */
export function openTarget(): usize {
  return changetype<usize>(createTarget());
}

export function closeTarget(target: usize): void {
  freeTarget(changetype<Target>(target));
}

/**
 * Reads the page in the input, up to what relabeling is to be asked about. Returns FAULT_NONE
 * or a fault, after which the page never was.
 */
export function readPage(
  target: usize,
  bytes: u32,
  format: i32,
  rules: i32,
  bucketLimit: u32,
  schemaMax: i32,
): i32 {
  const at = inputAt(bytes);
  const end = at + <usize> bytes;
  begin(at);
  beginPage(changetype<Target>(target), rules, bucketLimit, schemaMax, bytes != 0);
  if (bytes == 0) return FAULT_NONE;
  // What no number, name or text goes on with.
  store<u8>(end, 0x0a);
  beginExemplars();
  const isRead = readFormat(format, at, end);
  if (!isRead) dropPage(target);
  return currentFault();
}

function readFormat(format: i32, at: usize, end: usize): bool {
  if (format == PAGE_PROTOBUF) {
    beginClassicPage();
    return readProtobuf(at, end);
  }
  beginRows(format == PAGE_OPEN_METRICS);
  if (format == PAGE_OPEN_METRICS) return readOpenMetrics(at, end);
  return readText(at, load<u8>(end - 1) == 0x0a ? end : end + 1);
}

/** Series of the page that relabeling is to be asked about. */
export function unknownSeries(): u32 {
  return unknownCount();
}

/** Tells the labels of some of them (scrape/ask.ts). */
export function tellSeries(from: u32): u32 {
  return tellUnknown(from);
}

/** Takes what relabeling made of them, from the input. Returns FAULT_NONE or a fault, after which the page never was. */
export function decideSeries(target: usize, bytes: u32, from: u32, count: u32): i32 {
  if (!takeAnswers(inputAt(bytes), from, count)) dropPage(target);
  return currentFault();
}

/** Settles the page. Returns FAULT_NONE or a fault, after which the page never was. */
export function settlePage(
  target: usize,
  scrapedMs: f64,
  latestMs: f64,
  sampleLimit: u32,
  handlesOf: f64,
): i32 {
  begin(0);
  if (!settle(<i64> scrapedMs, <i64> latestMs, sampleLimit, handlesOf)) dropPage(target);
  tellHeld(target);
  return currentFault();
}

/** The page at hand never was: relabeling refused it. */
export function dropPage(target: usize): void {
  askAgain();
  forgetPage(changetype<Target>(target));
}

/** Hands out the request that was made of the page, with the metadata of all families or of those that are new. */
export function writePage(target: usize, samplesBytes: f64, all: bool): void {
  request.length = <usize> samplesBytes;
  writeMetadata(changetype<Target>(target), all);
  put(SLOT_DATA_AT, <f64> request.at);
  put(SLOT_DATA_BYTES, <f64> request.length);
}

/**
 * Hands out what writePage did, with the labels of all series: who waits may find another
 * writer. Returns FAULT_NONE or a fault.
 */
export function writeWholePage(target: usize, samplesBytes: f64): i32 {
  begin(0);
  whole.length = 0;
  const series = <usize> samplesBytes;
  if (!writeWhole(changetype<Target>(target), whole, series)) return currentFault();
  const metadataBytes = request.length - series;
  memory.copy(reserveMore(whole, metadataBytes), request.at + series, metadataBytes);
  whole.length += metadataBytes;
  put(SLOT_DATA_AT, <f64> whole.at);
  put(SLOT_DATA_BYTES, <f64> whole.length);
  return FAULT_NONE;
}

/** Takes the handles that the request asked for, from the input. */
export function takePageHandles(target: usize, bytes: u32): void {
  takeHandles(changetype<Target>(target), inputAt(bytes), bytes);
}

export function endPage(target: usize, isKept: bool): void {
  if (isKept) keepPage(changetype<Target>(target));
  else forgetPage(changetype<Target>(target));
  tellHeld(target);
}

export function relabelTarget(target: usize): void {
  relabelAnew(changetype<Target>(target));
}

/** Tells the families of the last page (scrape/families.ts). */
export function targetFamilies(target: usize): u32 {
  return tellFamilies(changetype<Target>(target));
}

/** Hands out all that is known of a target, to be unpacked in another instance with the same secret. */
export function packTarget(target: usize): void {
  pack(changetype<Target>(target), request);
  put(SLOT_DATA_AT, <f64> request.at);
  put(SLOT_DATA_BYTES, <f64> request.length);
}

/** Makes a target of what packTarget handed out, which is in the input. */
export function unpackTarget(bytes: u32): usize {
  return changetype<usize>(unpack(inputAt(bytes), bytes));
}

/** Gives back what a large page took, when no page is at hand. */
export function shrinkPages(): void {
  if (hasLargeScratch()) releaseScratch();
}

function tellHeld(target: usize): void {
  put(SLOT_HELD_BYTES, <f64> heldBytes(changetype<Target>(target)));
  put(SLOT_SIGNALS, <f64> changetype<Target>(target).series);
  put(SLOT_RAW_BYTES, <f64> request.length);
}
