/**
 * Rules for labels over the rows of a batch that was read: each block of labels is
 * looked up among the sets that are remembered, and its rows get their new labels, or go;
 * the rules, which are not here, are asked about the others.
 */
import {
  RELABELED,
  RELABELED_DROPPED,
  RELABELED_TOO_LARGE,
  SLOT_LABEL_IDS_AT,
  SLOT_MERGED,
  SLOT_MERGED_IDS_AT,
  SLOT_MERGED_LABELS,
  SLOT_STRING_COUNT,
  SLOT_STRINGS_AT,
  SLOT_UNDECIDED_AT,
} from "../abi/layout";
import { put } from "../abi/result";
import { epoch } from "../batch/kept_strings";
import { beginMoves, moveSwitches, switchCount } from "../batch/metadata_order";
import { KIND_UNSUPPORTED, labelIds, Row, ROW_BYTES, rows } from "../batch/rows";
import { stringCount, strings } from "../batch/strings";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { labelsNumber } from "../batch/shard_hash";
import { addBlock, createBlocks, openBlocks } from "./batch_sets";
import { blockAt, metricOf, openBlock, textBytes, writeKnown } from "./blocks";
import {
  addSet,
  boundSets,
  countLook,
  findSet,
  forgetSets,
  guessSet,
  hasTwin,
  joinTwin,
  openSets,
  RelabeledSet,
  reviewSets,
  takesSet,
  timeOf,
} from "./sets";
import { addStrings, keep, keptOf, keptText, openStrings } from "./strings";

/** What became of a block of labels. */
@unmanaged
class Decision {
  /** One of RELABELED and so on, or UNDECIDED. */
  outcome: u32;
  /** The block that is sent, as a row has it. */
  labels: u32;
  labelCount: usize;
  /** When its set had a sample, see timeOf. */
  seen: u32;
}

/** The rules are to be asked. */
const UNDECIDED: u32 = u32.MAX_VALUE;

/** A block that the rules are asked about, as the binding reads it. */
@unmanaged
class Undecided {
  /** As a row has it. */
  labels: u32;
  labelCount: usize;
  /** Its number among the decisions. */
  decision: u32;
}

/** A row that waits for what the rules say. */
@unmanaged
class WaitingRow {
  /** Where it is in `rows`, in bytes. */
  offset: usize;
  /** The number of the decision about its labels. */
  decision: u32;
}

const DECISION_BYTES: usize = offsetof<Decision>();
const UNDECIDED_BYTES: usize = offsetof<Undecided>();
const WAITING_BYTES: usize = offsetof<WaitingRow>();

/** The decisions of the batch at hand. The word before a block is the number of its decision, plus one. */
const decisions: Buffer = createBuffer();
const undecided: Buffer = createBuffer();
const waiting: Buffer = createBuffer();
/** The strings of a set that are kept. */
const key: Buffer = createBuffer();
/** What the sets that are not remembered were and became. */
const asTheyCame: Buffer = createBlocks();
const asTheyGo: Buffer = createBlocks();
/** Whether these two are of the batch at hand. */
let areBlocksOpen: bool = false;

/** Whether there are rules. */
export let hasRules: bool = false;

/** What the rules have dropped of the batch at hand. */
export let droppedSeries: u32 = 0;
export let tooLarge: u32 = 0;
export let broken: u32 = 0;

let lastEpoch: u32 = 0;
let merged: u32 = 0;

/** There are rules, and what is remembered of them may take so many bytes. To be called once. */
export function openRules(bytesMax: u32): void {
  hasRules = true;
  boundSets(bytesMax);
}

/** The batch at hand has nothing that rules have dropped. */
export function clearDropped(): void {
  droppedSeries = 0;
  tooLarge = 0;
  broken = 0;
}

/**
 * Looks all rows up. Those whose labels are remembered get their new ones, or go; returns
 * about how many blocks of the others the rules have to be asked.
 */
export function lookUpRows(): u32 {
  openSets();
  reviewSets();
  // The epochs began anew.
  if (epoch < lastEpoch) forgetSets();
  lastEpoch = epoch;
  openStrings();
  clearDropped();
  decisions.length = 0;
  undecided.length = 0;
  waiting.length = 0;
  let to = rows.at;
  const end = rows.at + rows.length;
  const hasSwitches = switchCount() != 0;
  beginMoves();
  for (let at = rows.at; at < end; at += ROW_BYTES) {
    if (hasSwitches) moveRow(at, to);
    const row = changetype<Row>(at);
    if (row.kind != KIND_UNSUPPORTED) {
      const known = load<u32>(row.namesAt - 4);
      const number = known == 0 ? lookUp(row) : known - 1;
      const decision = nthDecision(number);
      if (decision.outcome == UNDECIDED) addWaiting(to - rows.at, number);
      else if (!give(row, decision)) continue;
    }
    if (to != at) memory.copy(to, at, ROW_BYTES);
    to += ROW_BYTES;
  }
  if (hasSwitches) moveRow(end, to);
  rows.length = to - rows.at;
  if (undecided.length == 0) return 0;
  put(SLOT_UNDECIDED_AT, <f64> undecided.at);
  put(SLOT_LABEL_IDS_AT, <f64> labelIds.at);
  put(SLOT_STRINGS_AT, <f64> strings.at);
  put(SLOT_STRING_COUNT, <f64> stringCount());
  return <u32> (undecided.length / UNDECIDED_BYTES);
}

// @ts-ignore: decorator
@inline
function nthDecision(number: u32): Decision {
  return changetype<Decision>(decisions.at + <usize> number * DECISION_BYTES);
}

/** Looks for what became of a row's labels. Returns the number of the decision. */
function lookUp(row: Row): u32 {
  const decision = changetype<Decision>(reserveMore(decisions, DECISION_BYTES));
  const number = <u32> (decisions.length / DECISION_BYTES);
  decisions.length += DECISION_BYTES;
  store<u32>(row.namesAt - 4, number + 1);
  countLook();
  const guess = guessSet(row);
  const set = guess != null ? guess : findSetOf(row);
  const seen = timeOf(row.timestampMs);
  if (set == null) {
    decision.outcome = UNDECIDED;
    decision.seen = seen;
    ask(row, number);
    return number;
  }
  // An exemplar may have no time of its own.
  if (row.timestampMs != 0) set.seen = seen;
  decision.outcome = set.outcome;
  if (set.outcome == RELABELED) {
    if (set.epoch != epoch) writeKnown(set, row);
    decision.labels = set.labels;
    decision.labelCount = set.newNames.count;
  }
  return number;
}

function ask(row: Row, decision: u32): void {
  const asked = changetype<Undecided>(reserveMore(undecided, UNDECIDED_BYTES));
  undecided.length += UNDECIDED_BYTES;
  asked.labels = row.labels;
  asked.labelCount = row.labelCount;
  asked.decision = decision;
}

function addWaiting(offset: usize, decision: u32): void {
  const row = changetype<WaitingRow>(reserveMore(waiting, WAITING_BYTES));
  waiting.length += WAITING_BYTES;
  row.offset = offset;
  row.decision = decision;
}

/** Gives a row the labels that were decided. Returns false, and counts it, if it goes. */
// @ts-ignore: decorator
@inline
function give(row: Row, decision: Decision): bool {
  if (decision.outcome != RELABELED) {
    drop(decision.outcome);
    return false;
  }
  row.labels = decision.labels;
  row.labelCount = decision.labelCount;
  return true;
}

function drop(outcome: u32): void {
  if (outcome == RELABELED_DROPPED) droppedSeries++;
  else if (outcome == RELABELED_TOO_LARGE) tooLarge++;
  else broken++;
}

function findSetOf(row: Row): RelabeledSet | null {
  const count = row.labelCount;
  const ids = row.namesAt;
  const bytes = count << 3;
  const to = reserve(key, bytes);
  for (let i: usize = 0; i < bytes; i += 4) {
    const string = keptOf(load<u32>(ids + i));
    if (string == 0) return null;
    store<u32>(to + i, string);
  }
  return findSet(to, count);
}

/**
 * Takes what the rules say, all u32: how many strings they made, of how many bytes;
 * how long each is; for each block that they were asked about its outcome and how
 * many labels it got, and the ids of these, names first; and then the strings' bytes.
 */
export function decideRows(at: usize): void {
  const count = <usize> load<u32>(at);
  const bytes = <usize> load<u32>(at, 4);
  const lengths = at + 8;
  const setsAt = lengths + (count << 2);
  const end = undecided.at + undecided.length;
  let textsAt = setsAt;
  for (let one = undecided.at; one < end; one += UNDECIDED_BYTES) {
    textsAt += 8 + (<usize> load<u32>(textsAt, 4) << 3);
  }
  addStrings(lengths, count, textsAt, bytes);
  merged = 0;
  areBlocksOpen = false;
  let setAt = setsAt;
  for (let one = undecided.at; one < end; one += UNDECIDED_BYTES) {
    const labelCount = <usize> load<u32>(setAt, 4);
    decide(changetype<Undecided>(one), load<u32>(setAt), setAt + 8, labelCount);
    setAt += 8 + (labelCount << 3);
  }
  put(SLOT_MERGED, <f64> merged);
  put(SLOT_LABEL_IDS_AT, <f64> labelIds.at);
  put(SLOT_STRINGS_AT, <f64> strings.at);
  giveWaiting();
}

function decide(asked: Undecided, outcome: u32, ids: usize, labelCount: usize): void {
  const decision = nthDecision(asked.decision);
  decision.outcome = outcome;
  decision.labelCount = labelCount;
  let number: u32 = 0;
  if (outcome == RELABELED) {
    const labels = openBlock(metricOf(blockAt(asked.labels, asked.labelCount)), 0, labelCount);
    memory.copy(labelIds.at + (<usize> labels << 2), ids, labelCount << 3);
    decision.labels = labels;
    number = labelsNumber(blockAt(labels, labelCount));
  }
  // Of two blocks with the same labels.
  if (findSetOf(blockAt(asked.labels, asked.labelCount)) != null) return;
  const set = remember(asked, outcome, ids, labelCount);
  if (set != null) {
    set.epoch = epoch;
    set.labels = decision.labels;
    set.seen = decision.seen;
    set.number = number;
  }
  if (outcome != RELABELED) return;
  const isMerged = set != null
    ? joinTwin(set, key.at + (asked.labelCount << 3), labelCount)
    : joinInBatch(asked, decision, ids);
  if (!isMerged || merged++ != 0) return;
  put(SLOT_MERGED_IDS_AT, <f64> decision.labels);
  put(SLOT_MERGED_LABELS, <f64> labelCount);
}

/** Remembers what became of a set that is not remembered, if there is room. */
function remember(
  asked: Undecided,
  outcome: u32,
  ids: usize,
  labelCount: usize,
): RelabeledSet | null {
  const count = asked.labelCount;
  const own = blockAt(asked.labels, count).namesAt;
  const bytes = textBytes(own, count) + textBytes(ids, labelCount);
  if (!takesSet(count + labelCount, bytes)) return null;
  const to = reserve(key, (count + labelCount) << 3);
  for (let i: usize = 0; i < count << 3; i += 4) store<u32>(to + i, keep(load<u32>(own + i)));
  const behind = to + (count << 3);
  for (let i: usize = 0; i < labelCount << 3; i += 4) {
    store<u32>(behind + i, keep(load<u32>(ids + i)));
  }
  return addSet(to, count, labelCount, outcome);
}

/**
 * Whether a set that is not remembered has become the same as another one that is, or as
 * one of the same batch.
 */
function joinInBatch(asked: Undecided, decision: Decision, ids: usize): bool {
  if (!areBlocksOpen) {
    areBlocksOpen = true;
    const count = <u32> (undecided.length / UNDECIDED_BYTES);
    openBlocks(asTheyCame, count);
    openBlocks(asTheyGo, count);
  }
  // The same set in another block.
  if (!addBlock(asTheyCame, asked.labels, asked.labelCount)) return false;
  if (!addBlock(asTheyGo, decision.labels, decision.labelCount)) return true;
  const bytes = decision.labelCount << 3;
  const to = reserve(key, bytes);
  for (let i: usize = 0; i < bytes; i += 4) {
    const string = keptText(load<u32>(ids + i));
    if (string == 0) return false;
    store<u32>(to + i, string);
  }
  return hasTwin(to, decision.labelCount, decision.seen);
}

/** Gives the rows that waited their labels; those that the rules drop go. */
function giveWaiting(): void {
  let next = waiting.at;
  const waitingEnd = waiting.at + waiting.length;
  let to = rows.at + changetype<WaitingRow>(next).offset;
  const end = rows.at + rows.length;
  const hasSwitches = switchCount() != 0;
  beginMoves();
  for (let at = to; at < end; at += ROW_BYTES) {
    if (hasSwitches) moveRow(at, to);
    const first = changetype<WaitingRow>(next);
    if (next < waitingEnd && rows.at + first.offset == at) {
      next += WAITING_BYTES;
      if (!give(changetype<Row>(at), nthDecision(first.decision))) continue;
    }
    if (to != at) memory.copy(to, at, ROW_BYTES);
    to += ROW_BYTES;
  }
  if (hasSwitches) moveRow(end, to);
  rows.length = to - rows.at;
}

/** Switches of metadata go with their rows. */
function moveRow(at: usize, to: usize): void {
  moveSwitches(<u32> ((at - rows.at) / ROW_BYTES), <u32> ((to - rows.at) / ROW_BYTES));
}
