/**
 * A plan says how the labels of a row become those of a request: sorted, and with external
 * labels merged in. Labels whose names start with `__` are data like all others, since a
 * relay passes them on. Rows with the same names share one plan.
 */
import { LABELS_MAX, ROW_BYTES_MAX } from "../abi/layout";
import { Buffer, copyLoose, createBuffer, createLastingBuffer, reserve, reserveMore } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { Row } from "../batch/rows";
import { externalNumber, isExternal, mergeExternal } from "./external_labels";
import { compareNames, sortLabels } from "../batch/sort";
import { STRING_REF_BYTES, stringBytes, StringRef, stringRef, strings } from "../batch/strings";
import { Label, LABEL_BYTES, setLabel } from "../batch/label";

/** A label of a plan. */
@unmanaged
export class PlanEntry {
  /** Where its encoded bytes are in the plan's bytes, and how many they are. */
  runOffset: usize;
  runBytes: usize;
  /**
   * The offset of the row's value that follows, in bytes. EXTERNAL if the encoded bytes
   * are the whole label.
   */
  which: u32;
  /** The id of the label's name. For an external label, its number. */
  name: u32;
  /** Where its field begins in the current row, counted from the row's first field, and its length. */
  fieldOffset: usize;
  fieldBytes: usize;
}

export const ENTRY_BYTES: usize = offsetof<PlanEntry>();
/** Marks an external label. It also stands for the id of its name. */
export const EXTERNAL: u32 = 0xffffffff;
/** measureLabels answers this if a value is empty that the plan needs. */
const MISFIT: usize = usize.MAX_VALUE;
/** measureLabels answers this, which is more than any row may have, if no request may have such labels. */
const BROKEN_BYTES: usize = ROW_BYTES_MAX + 1;

/** A plan: a buffer of its entries, and what belongs to them. */
@unmanaged
class Plan extends Buffer {
  /** What the entries point into, by offset. */
  bytes: Buffer;
  /** The ids of the names that the plan is for. */
  names: Buffer;
  /**
   * The number of the first entry. Numbers count in bytes, as distances between entries
   * do, and no two entries have the same.
   */
  number: u32;
  /** The batch that it is for. In other batches the names have other ids. */
  batch: u32;
  /**
   * A name is empty or comes twice, or the names are too long or too many. Rows with this
   * plan are not sent.
   */
  isBroken: bool;
}

/** Plans are kept for later rows, because series of several metrics take turns. */
const PLANS_BITS: u32 = 6;
const plans: usize = memory.data(256, 8);

let batch: u32 = 1;
let entryNumbers: u32 = 1;

function createPlan(): Plan {
  const made = changetype<Plan>(heap.alloc(offsetof<Plan>()));
  made.at = 0;
  made.length = 0;
  made.capacity = 0;
  made.bytes = createLastingBuffer();
  made.names = createLastingBuffer();
  made.number = 0;
  made.batch = 0;
  made.isBroken = false;
  return made;
}

/** The plan for a row that has a name whose label is absent. It is of use for one row only. */
const single: Plan = createPlan();
/** The current plan. */
export let plan: Plan = single;

/** The labels of the current row: see label.ts. */
const own: Buffer = createBuffer();

/** Where the labels of the current row are, with the external ones merged in. */
const merged: Buffer = createBuffer();

/** Forgets all plans. */
export function forgetPlans(): void {
  batch++;
}

/** Whether a plan is for rows like this one. */
// @ts-ignore: decorator
@inline
function fits(plan: Plan, row: Row): bool {
  const bytes = row.labelCount << 2;
  if (plan.batch != batch || bytes != plan.names.length) return false;
  const planNames = plan.names.at;
  const names = row.namesAt;
  let i: usize = 0;
  for (; i + 8 <= bytes; i += 8) {
    if (load<u64>(planNames + i) != load<u64>(names + i)) return false;
  }
  return i == bytes || load<u32>(planNames + i) == load<u32>(names + i);
}

/** Chooses the plan for a row and measures its labels, see measureLabels. */
export function measure(row: Row): usize {
  usePlan(row);
  const bytes = measureLabels(row);
  if (bytes != MISFIT) return bytes;
  makePlan(row, single);
  return measureLabels(row);
}

/** Makes the plan for rows like this one the current plan. */
// @ts-ignore: decorator
@inline
function usePlan(row: Row): void {
  if (!fits(plan, row)) findPlan(row);
}

function findPlan(row: Row): void {
  const names = row.namesAt;
  const end = names + (row.labelCount << 2);
  let hash: u32 = 0;
  for (let name = names; name < end; name += 4) hash = (rotl<u32>(hash, 5) ^ load<u32>(name)) * 0x9e3779b1;
  const slot = plans + (<usize> (hash >> (32 - PLANS_BITS)) << 2);
  if (load<u32>(slot) == 0) store<u32>(slot, <u32> changetype<usize>(createPlan()));
  const known = changetype<Plan>(<usize> load<u32>(slot));
  if (fits(known, row)) plan = known;
  else makePlan(row, known);
}

/** Whether the labels that readOwn has read break a rule. */
let isOwnBroken: bool = false;

/** Reads the labels of a row, without absent ones, in order. Returns whether none was absent. */
function readOwn(row: Row): bool {
  const count = row.labelCount;
  const names = row.namesAt;
  own.length = 0;
  isOwnBroken = count > LABELS_MAX;
  if (isOwnBroken) return false;
  reserve(own, count * LABEL_BYTES);
  let sorted = true;
  let bytes: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    const name = stringRef(load<u32>(names + (i << 2)));
    const value = stringRef(load<u32>(names + ((count + i) << 2)));
    if (value.bytes == 0) continue;
    if (name.bytes == 0) isOwnBroken = true;
    bytes += name.bytes;
    // Before they are sorted: names that are long and come again and again would take hours.
    if (bytes > ROW_BYTES_MAX) {
      isOwnBroken = true;
      return false;
    }
    const labelAt = own.at + own.length;
    const label = changetype<Label>(labelAt);
    setLabel(labelAt, name.at, name.bytes, value.at, value.bytes);
    label.nameId = <u32> i;
    if (own.length > 0) {
      const order = compareNames(changetype<Label>(labelAt - LABEL_BYTES), label);
      if (order > 0) sorted = false;
      if (order == 0) isOwnBroken = true;
    }
    own.length += LABEL_BYTES;
  }
  if (!sorted) {
    sortLabels(own.at, own.length / LABEL_BYTES);
    if (hasTwins()) isOwnBroken = true;
  }
  return own.length == count * LABEL_BYTES;
}

/** Whether a name comes twice in labels that are in order. */
function hasTwins(): bool {
  const end = own.at + own.length;
  for (let labelAt = own.at + LABEL_BYTES; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    if (compareNames(changetype<Label>(labelAt - LABEL_BYTES), label) == 0) return true;
  }
  return false;
}

/** Makes a plan for a row. It replaces another one, unless it is for this row alone. */
function makePlan(row: Row, place: Plan): void {
  const isReusable = readOwn(row);
  plan = isReusable ? place : single;
  plan.batch = isReusable ? batch : 0;
  plan.isBroken = isOwnBroken;
  // A number of its own, even for a plan without entries.
  plan.number = entryNumbers;
  entryNumbers += <u32> ENTRY_BYTES;
  plan.length = 0;
  plan.bytes.length = 0;
  plan.names.length = 0;
  if (isReusable) {
    const bytes = row.labelCount << 2;
    memory.copy(reserve(plan.names, bytes), row.namesAt, bytes);
    plan.names.length = bytes;
  }
  if (isOwnBroken) return;
  mergeExternal(own, merged);
  const end = merged.at + merged.length;
  for (let place = merged.at; place < end; place += 4) {
    const label = changetype<Label>(<usize> load<u32>(place));
    if (isExternal(label)) addExternal(label);
    else addOwn(label, row);
  }
}

function addEntry(bytes: usize, which: u32, name: u32): void {
  const entry = changetype<PlanEntry>(reserveMore(plan, ENTRY_BYTES));
  entryNumbers += <u32> ENTRY_BYTES;
  entry.runOffset = plan.bytes.length;
  entry.runBytes = bytes;
  entry.which = which;
  entry.name = name;
  plan.length += ENTRY_BYTES;
  plan.bytes.length += bytes;
}

/** Writes `name = 1`, and the tag of `value = 2`. */
function writeName(to: usize, label: Label): usize {
  const bytes = label.nameBytes;
  store<u8>(to, 0x0a);
  to = writeVarint(to + 1, bytes);
  copyLoose(to, label.nameAt, bytes);
  to += bytes;
  store<u8>(to, 0x12);
  return to + 1;
}

function addOwn(label: Label, row: Row): void {
  const start = reserveMore(plan.bytes, label.nameBytes + 16);
  const which = label.nameId << 2;
  addEntry(writeName(start, label) - start, which, load<u32>(row.namesAt + <usize> which));
}

function addExternal(label: Label): void {
  const valueLength = label.valueBytes;
  const inner: usize = varintBytes(label.nameBytes) + label.nameBytes + varintBytes(valueLength) +
    valueLength + 2;
  const start = reserveMore(plan.bytes, inner + 16);
  store<u8>(start, 0x0a);
  let to = writeVarint(start + 1, inner);
  to = writeVarint(writeName(to, label), valueLength);
  copyLoose(to, label.valueAt, valueLength);
  addEntry(to + valueLength - start, EXTERNAL, externalNumber(label));
}

/** How many bytes a label's field takes: tag and length, `name`, and a `value` of `bytes` bytes. */
// @ts-ignore: decorator
@inline
export function fieldBytes(prefixBytes: usize, bytes: usize): usize {
  const inner = prefixBytes + varintBytes(bytes) + bytes;
  return 1 + varintBytes(inner) + inner;
}

/**
 * Notes in the plan where the fields of a row's labels are to be. Returns how many bytes
 * they take, or MISFIT.
 */
function measureLabels(row: Row): usize {
  if (plan.isBroken) return plan != single && hasAbsent(row) ? MISFIT : BROKEN_BYTES;
  const values = row.valuesAt;
  const table = strings.at;
  const planEnd = plan.at + plan.length;
  let whole: usize = 0;
  for (let entryAt = plan.at; entryAt < planEnd; entryAt += ENTRY_BYTES) {
    const entry = changetype<PlanEntry>(entryAt);
    let bytes = entry.runBytes;
    const which = entry.which;
    if (which != EXTERNAL) {
      const value = <usize> load<u32>(values + <usize> which);
      const length = changetype<StringRef>(table + value * STRING_REF_BYTES).bytes;
      if (length == 0) return MISFIT;
      const short = bytes + length + 1;
      bytes = short < 0x80 ? short + 2 : fieldBytes(bytes, length);
    }
    entry.fieldOffset = whole;
    entry.fieldBytes = bytes;
    whole += bytes;
    // Rows are refused long before this. It only keeps the sum from wrapping around.
    if (whole > ROW_BYTES_MAX) return whole;
  }
  return whole;
}

/** A label that is absent breaks no rule. */
function hasAbsent(row: Row): bool {
  const values = row.valuesAt;
  const end = values + (row.labelCount << 2);
  for (let value = values; value < end; value += 4) {
    if (stringBytes(load<u32>(value)) == 0) return true;
  }
  return false;
}
