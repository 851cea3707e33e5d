/**
 * Rules for labels over the rows of a batch that was read: each block of labels is
 * looked up among the sets that are remembered; the rules, which are not here, are
 * asked about the others; and the rows get their new labels, or go. A block that is
 * written for them has one word more before it: which metric it was, see families.ts.
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
import { epoch, KeptString } from "../batch/kept_strings";
import { isMetricName } from "../batch/label";
import { KIND_UNSUPPORTED, labelIds, Row, ROW_BYTES, rows } from "../batch/rows";
import { stringAt, stringBytes, stringCount, strings } from "../batch/strings";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import {
  addSet,
  boundSets,
  countLook,
  findSet,
  forgetSets,
  hasTwin,
  openSets,
  PLACES_MAX,
  RelabeledSet,
  reviewSets,
  takesSet,
} from "./sets";
import { addStrings, idOf, keep, keptOf, openStrings } from "./strings";

/** What became of a block of labels. */
@unmanaged
class Decision {
  outcome: u32;
  /** The block that is sent, as a row has it. */
  labels: u32;
  labelCount: usize;
}

/** A block that the rules are asked about, as the binding reads it. */
@unmanaged
class Undecided {
  /** As a row has it. */
  labels: u32;
  labelCount: usize;
  /** Its number among the decisions. */
  decision: u32;
}

const DECISION_BYTES: usize = offsetof<Decision>();
const UNDECIDED_BYTES: usize = offsetof<Undecided>();

/** The decisions of the batch at hand. The word before a block is the number of its decision, plus one. */
const decisions: Buffer = createBuffer();
const undecided: Buffer = createBuffer();
/** The strings of a set that are kept. */
const key: Buffer = createBuffer();

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

/** Looks all rows up. Returns about how many blocks the rules have to be asked; if none, the rows have their labels. */
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
  for (let at: usize = 0; at < rows.length; at += ROW_BYTES) {
    const row = changetype<Row>(rows.at + at);
    if (row.kind != KIND_UNSUPPORTED && load<u32>(row.namesAt - 4) == 0) lookUp(row);
  }
  const count = <u32> (undecided.length / UNDECIDED_BYTES);
  if (count == 0) {
    giveLabels();
    return 0;
  }
  put(SLOT_UNDECIDED_AT, <f64> undecided.at);
  put(SLOT_LABEL_IDS_AT, <f64> labelIds.at);
  put(SLOT_STRINGS_AT, <f64> strings.at);
  put(SLOT_STRING_COUNT, <f64> stringCount());
  return count;
}

function lookUp(row: Row): void {
  const number = decisions.length / DECISION_BYTES;
  const decision = changetype<Decision>(reserveMore(decisions, DECISION_BYTES));
  decisions.length += DECISION_BYTES;
  store<u32>(row.namesAt - 4, <u32> number + 1);
  countLook();
  const set = findSetOf(row);
  if (set != null) {
    decision.outcome = set.outcome;
    if (set.outcome == RELABELED) {
      if (set.epoch != epoch) writeKnown(set, row);
      decision.labels = set.labels;
      decision.labelCount = set.newCount;
    }
    return;
  }
  const asked = changetype<Undecided>(reserveMore(undecided, UNDECIDED_BYTES));
  undecided.length += UNDECIDED_BYTES;
  asked.labels = row.labels;
  asked.labelCount = row.labelCount;
  asked.decision = <u32> number;
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

/** Makes room for a block of labels, and returns where the ids go. */
function openBlock(metric: u32, labelCount: usize): usize {
  const bytes = (labelCount + 1) << 3;
  const at = reserveMore(labelIds, bytes);
  labelIds.length += bytes;
  store<u32>(at, metric);
  store<u32>(at, 0, 4);
  return at + 8;
}

function writeKnown(set: RelabeledSet, row: Row): void {
  const count = set.newCount;
  const to = openBlock(metricOf(row), count);
  const own = row.namesAt;
  const from = set.newAt;
  for (let i: usize = 0; i < count << 3; i += 4) {
    const here = load<u32>(from + i);
    const id = here < PLACES_MAX
      ? load<u32>(own + (<usize> here << 2))
      : idOf(changetype<KeptString>(here));
    store<u32>(to + i, id);
  }
  set.epoch = epoch;
  set.labels = <u32> ((to - labelIds.at) >> 2);
}

/** The id of the name of the metric that a row was of, plus one; 0 for none. */
function metricOf(row: Row): u32 {
  const count = row.labelCount;
  const names = row.namesAt;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    if (isMetricName(stringAt(name), stringBytes(name))) {
      return load<u32>(names + ((count + i) << 2)) + 1;
    }
  }
  return 0;
}

/** The same of a row that has got its labels from rules. */
// @ts-ignore: decorator
@inline
export function metricBefore(row: Row): u32 {
  return load<u32>(row.namesAt - 8);
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
  let setAt = setsAt;
  for (let one = undecided.at; one < end; one += UNDECIDED_BYTES) {
    const labelCount = <usize> load<u32>(setAt, 4);
    decide(changetype<Undecided>(one), load<u32>(setAt), setAt + 8, labelCount);
    setAt += 8 + (labelCount << 3);
  }
  put(SLOT_MERGED, <f64> merged);
  put(SLOT_LABEL_IDS_AT, <f64> labelIds.at);
  put(SLOT_STRINGS_AT, <f64> strings.at);
  giveLabels();
}

function decide(asked: Undecided, outcome: u32, ids: usize, labelCount: usize): void {
  const decision = changetype<Decision>(decisions.at + <usize> asked.decision * DECISION_BYTES);
  decision.outcome = outcome;
  decision.labelCount = labelCount;
  if (outcome == RELABELED) {
    const metric = metricOf(askedRow(asked));
    const to = openBlock(metric, labelCount);
    memory.copy(to, ids, labelCount << 3);
    decision.labels = <u32> ((to - labelIds.at) >> 2);
  }
  const set = remember(asked, outcome, ids, labelCount);
  if (set == null) return;
  set.epoch = epoch;
  set.labels = decision.labels;
  if (!hasTwin(set, key.at + (asked.labelCount << 3))) return;
  if (merged++ != 0) return;
  put(SLOT_MERGED_IDS_AT, <f64> decision.labels);
  put(SLOT_MERGED_LABELS, <f64> labelCount);
}

/** A block as a row, for what takes rows. */
const blockRow: Row = changetype<Row>(memory.data(80, 8));

function askedRow(asked: Undecided): Row {
  blockRow.labels = asked.labels;
  blockRow.labelCount = asked.labelCount;
  return blockRow;
}

/** Remembers what became of a set, unless a block of the same labels has been before it, or there is no room. */
function remember(
  asked: Undecided,
  outcome: u32,
  ids: usize,
  labelCount: usize,
): RelabeledSet | null {
  const row = askedRow(asked);
  const count = asked.labelCount;
  const own = row.namesAt;
  const bytes = textBytes(own, count) + textBytes(ids, labelCount);
  if (!takesSet(count + labelCount, bytes)) return null;
  // Of two blocks with the same labels.
  if (findSetOf(row) != null) return null;
  const to = reserve(key, (count + labelCount) << 3);
  for (let i: usize = 0; i < count << 3; i += 4) store<u32>(to + i, keep(load<u32>(own + i)));
  const behind = to + (count << 3);
  for (let i: usize = 0; i < labelCount << 3; i += 4) {
    store<u32>(behind + i, keep(load<u32>(ids + i)));
  }
  return addSet(to, count, labelCount, outcome);
}

function textBytes(ids: usize, labelCount: usize): usize {
  let bytes: usize = 0;
  for (let i: usize = 0; i < labelCount << 3; i += 4) bytes += stringBytes(load<u32>(ids + i));
  return bytes;
}

/** Gives the rows their labels; those that rules have dropped go, and are counted. */
function giveLabels(): void {
  let to = rows.at;
  const end = rows.at + rows.length;
  for (let at = rows.at; at < end; at += ROW_BYTES) {
    const row = changetype<Row>(at);
    if (row.kind != KIND_UNSUPPORTED) {
      const number = <usize> load<u32>(row.namesAt - 4) - 1;
      const decision = changetype<Decision>(decisions.at + number * DECISION_BYTES);
      if (decision.outcome != RELABELED) {
        drop(decision.outcome);
        continue;
      }
      row.labels = decision.labels;
      row.labelCount = decision.labelCount;
    }
    if (to != at) memory.copy(to, at, ROW_BYTES);
    to += ROW_BYTES;
  }
  rows.length = to - rows.at;
}

function drop(outcome: u32): void {
  if (outcome == RELABELED_DROPPED) droppedSeries++;
  else if (outcome == RELABELED_TOO_LARGE) tooLarge++;
  else broken++;
}
