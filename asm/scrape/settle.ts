/**
 * Settles a page whose series are all known: which samples are left out, which series are
 * new, and which ends are to be told later. What is sent is written at once. The rules are
 * those of Prometheus's scrape loop (scrape/scrape_append_v2.go).
 */
import {
  FAULT_PAGE_SAMPLES,
  SLOT_PAGE_ADDED,
  SLOT_PAGE_AHEAD,
  SLOT_PAGE_DUPLICATES,
  SLOT_PAGE_EXEMPLARS,
  SLOT_PAGE_SAYS_NEW,
  SLOT_PAGE_KEPT,
  SLOT_PAGE_SCRAPED,
} from "../abi/layout";
import { fail, put } from "../abi/result";
import {
  Row,
  ROW_BYTES,
  ROW_PART,
  rows,
  target,
  takesTimestamps,
  tellsEnds,
  tracksTimestamps,
} from "./page";
import { LabelSet, Line, Record, RECORD_SET, SET_DROPPED } from "./records";
import { lineOf, liveBytes, markIn, recordOf, setOf, Target, wasIn } from "./target";
import { badExemplars, chooseExemplars, clearExemplarCount } from "./exemplars";
import { beginHandles } from "./handles";
import { addSeries, addStale, beginRequest } from "./request";

let scraped: u32 = 0;
let kept: u32 = 0;
let added: u32 = 0;
let duplicates: u32 = 0;
let tooFarAhead: u32 = 0;
let taken: u32 = 0;

/**
 * Settles all rows. A limit of 0 is none. `handlesOf` says which writer's handles may name
 * label sets (scrape/handles.ts). Returns false after a fault: there is more than may be.
 */
export function settle(
  scrapedMs: i64,
  latestMs: i64,
  sampleLimit: u32,
  handlesOf: f64,
): bool {
  scraped = 0;
  kept = 0;
  added = 0;
  duplicates = 0;
  tooFarAhead = 0;
  taken = 0;
  clearExemplarCount();
  beginRequest();
  const owner = target;
  beginHandles(owner, handlesOf);
  const end = rows.length;
  for (let at: usize = 0; at < end; at += ROW_BYTES) {
    const row = changetype<Row>(rows.at + at);
    if (row.kind == ROW_PART) continue;
    scraped++;
    const line = lineOf(owner, row.line);
    if (line.set == SET_DROPPED) {
      if (line.mark != owner.page) see(owner, line);
      continue;
    }
    kept++;
    const set = setOf(owner, line.set);
    const isExplicit = row.hasTimestamp != 0 && takesTimestamps;
    const timestampMs = isExplicit ? row.timestampMs : scrapedMs;
    const isAgain = line.mark == owner.page;
    if (isAgain && !isExplicit) {
      duplicates++;
      continue;
    }
    if (sampleLimit != 0 && ++taken > sampleLimit) {
      fail(FAULT_PAGE_SAMPLES, 0, <f64> taken, <f64> sampleLimit);
      return false;
    }
    const wasThere = isAgain || wasIn(owner.keptContent, line);
    if (timestampMs > latestMs) {
      tooFarAhead++;
      if (wasThere && !isAgain) seeSeries(owner, line, set);
      continue;
    }
    if (!wasThere) added++;
    if (!isAgain) seeSeries(owner, line, set);
    if (tellsEnds && (!isExplicit || tracksTimestamps)) track(owner, set);
    if (set.written == owner.page && set.lastMs == timestampMs) {
      duplicates++;
      continue;
    }
    const isKnown = set.written != 0 && set.written != owner.page;
    set.written = owner.page;
    set.lastMs = timestampMs;
    if (!send(row, set, timestampMs, isKnown)) return false;
  }
  putCounts();
  return tellEnds(owner, scrapedMs);
}

/** Adds stale markers for the series whose end is to be told and that are not in the page. Returns false after a fault. */
function tellEnds(owner: Target, scrapedMs: i64): bool {
  let left = owner.tracked - owner.trackedStill;
  for (let offset: u32 = 8; left > 0; ) {
    const record = recordOf(owner, offset);
    if (record.kind == RECORD_SET && record.mark != owner.page && wasIn(owner.kept, record)) {
      left--;
      if (!addStale(owner, changetype<LabelSet>(record), scrapedMs)) return false;
    }
    offset += record.size;
  }
  return true;
}

/** A line is in the page. */
// @ts-ignore: decorator
@inline
function see(owner: Target, line: Line): void {
  markIn(owner, line, owner.keptContent);
  owner.liveNow += liveBytes(line);
}

// @ts-ignore: decorator
@inline
function seeSeries(owner: Target, line: Line, set: LabelSet): void {
  see(owner, line);
  owner.seriesNow++;
  if (set.written != owner.page) owner.liveNow += set.size;
}

/** The end of a series will be told when it is not in the next page. */
// @ts-ignore: decorator
@inline
function track(owner: Target, set: LabelSet): void {
  if (set.mark == owner.page) return;
  if (wasIn(owner.kept, set)) owner.trackedStill++;
  markIn(owner, set, owner.kept);
  owner.trackedNow++;
}

// @ts-ignore: decorator
@inline
function send(row: Row, set: LabelSet, timestampMs: i64, isKnown: bool): bool {
  const startMs = row.startOf == 0
    ? row.startMs
    : changetype<Row>(rows.at + <usize> (row.startOf - 1) * ROW_BYTES).startMs;
  if (row.exemplarCount != 0) chooseExemplars(row, set, target.forgotten);
  return addSeries(target, row, set, timestampMs, startMs, isKnown);
}

function putCounts(): void {
  put(SLOT_PAGE_SCRAPED, <f64> scraped);
  put(SLOT_PAGE_KEPT, <f64> kept);
  put(SLOT_PAGE_ADDED, <f64> added);
  put(SLOT_PAGE_DUPLICATES, <f64> duplicates);
  put(SLOT_PAGE_AHEAD, <f64> tooFarAhead);
  put(SLOT_PAGE_EXEMPLARS, <f64> badExemplars);
  put(SLOT_PAGE_SAYS_NEW, target.hasNewMetadata ? 1 : 0);
}
