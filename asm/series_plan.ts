/**
 * How the labels of a row become those of a request: sorted, external labels
 * merged in, private ones left out. Rows with the same names share one plan.
 *
 * An entry of a plan has three u32: where a run of encoded bytes is, its length,
 * and which of the row's values follows it; EXTERNAL for a label that is whole.
 */
import { strings } from "./alloy_v1_read";
import { hashLabels } from "./label_hash";
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "./memory";
import { varintBytes, writeVarint } from "./protobuf";
import { rowLabelCount, rowLabels } from "./rows";
import {
  compareNames,
  LABEL_BYTES,
  nameAt,
  nameBytes,
  setLabel,
  sortLabels,
  valueAt,
  valueBytes,
} from "./sort";

export const ENTRY_BYTES: usize = 12;
export const EXTERNAL: u32 = 0xffffffff;

/** The entries. */
export const plan: Buffer = createBuffer();
/** What the entries point into, by offset. */
export const planBytes: Buffer = createBuffer();

/** The ids of the names that the plan is for. */
const planNames: Buffer = createBuffer();
/** Plans are for one row only when a label of it is absent although its name is there. */
let reusable: bool = false;

/** The labels of the row at hand: see sort.ts; the field at 16 is which of the row's values. */
const own: Buffer = createBuffer();

const external: Buffer = createBuffer();
const externalBytes: Buffer = createBuffer();

const METRIC_NAME: u64 = 0x5f5f_656d_616e_5f5f;

/** Forgets the plan: names of another batch have other ids. */
export function forgetPlan(): void {
  reusable = false;
}

/** Whether the plan at hand is for rows like this one. */
// @ts-ignore: decorator
@inline
export function planFits(row: usize): bool {
  const bytes = rowLabelCount(row) << 2;
  if (!reusable || bytes != planNames.length) return false;
  const names = rowLabels(row);
  let i: usize = 0;
  for (; i + 8 <= bytes; i += 8) {
    if (load<u64>(planNames.at + i) != load<u64>(names + i)) return false;
  }
  return i == bytes || load<u32>(planNames.at + i) == load<u32>(names + i);
}

/** Takes labels as u32 length of the name, u32 length of the value, name, value. */
export function setExternalLabels(at: usize, bytes: usize): void {
  external.length = 0;
  externalBytes.length = 0;
  memory.copy(reserve(externalBytes, bytes), at, bytes);
  const end = externalBytes.at + bytes;
  for (let label = externalBytes.at; label < end;) {
    const name = label + 8;
    const value = name + <usize> load<u32>(label);
    const next = value + <usize> load<u32>(label, 4);
    if (value > name && next > value && !isPrivate(name, value - name)) {
      setLabel(reserveMore(external, LABEL_BYTES), name, value - name, value, next - value);
      external.length += LABEL_BYTES;
    }
    label = next;
  }
  sortLabels(external.at, external.length / LABEL_BYTES);
  forgetPlan();
}

/** Labels that start with `__`, other than the metric's name, are not sent. */
function isPrivate(at: usize, bytes: usize): bool {
  return bytes >= 2 && load<u16>(at) == 0x5f5f && !(bytes == 8 && load<u64>(at) == METRIC_NAME);
}

/** Reads the labels of a row, without absent ones, in order. Returns whether none was absent. */
function readOwn(row: usize): bool {
  const count = rowLabelCount(row);
  const names = rowLabels(row);
  own.length = 0;
  reserve(own, count * LABEL_BYTES);
  let sorted = true;
  for (let i: usize = 0; i < count; i++) {
    const name = strings.at + (<usize> load<u32>(names + (i << 2)) << 3);
    const value = strings.at + (<usize> load<u32>(names + ((count + i) << 2)) << 3);
    if (load<u32>(name, 4) == 0 || load<u32>(value, 4) == 0) continue;
    const label = own.at + own.length;
    setLabel(label, load<u32>(name), load<u32>(name, 4), load<u32>(value), load<u32>(value, 4));
    store<u32>(label, <u32> i, 16);
    if (own.length > 0 && compareNames(label - LABEL_BYTES, label) > 0) sorted = false;
    own.length += LABEL_BYTES;
  }
  if (!sorted) sortLabels(own.at, own.length / LABEL_BYTES);
  return own.length == count * LABEL_BYTES;
}

/** The hash of a row's labels, for files that do not have it. */
export function hashRow(row: usize): u64 {
  readOwn(row);
  return hashLabels(own.at, own.length / LABEL_BYTES);
}

/** Makes the plan for a row. */
export function makePlan(row: usize): void {
  reusable = readOwn(row);
  const bytes = rowLabelCount(row) << 2;
  planNames.length = 0;
  memory.copy(reserve(planNames, bytes), rowLabels(row), bytes);
  planNames.length = bytes;
  plan.length = 0;
  planBytes.length = 0;
  const ownEnd = own.at + own.length;
  const externalEnd = external.at + external.length;
  let label = own.at;
  let extra = external.at;
  while (label < ownEnd || extra < externalEnd) {
    const order = label == ownEnd ? 1 : extra == externalEnd ? -1 : compareNames(label, extra);
    if (order > 0) {
      addExternal(extra);
      extra += LABEL_BYTES;
      continue;
    }
    // The series' own label counts; a name that comes twice keeps the next one out too.
    while (
      label < ownEnd && (order < 0 || (extra < externalEnd && compareNames(label, extra) == 0))
    ) {
      addOwn(label);
      label += LABEL_BYTES;
      if (order < 0) break;
    }
    if (order == 0) extra += LABEL_BYTES;
  }
}

function addEntry(bytes: usize, value: u32): void {
  const entry = reserveMore(plan, ENTRY_BYTES);
  store<u32>(entry, <u32> planBytes.length);
  store<u32>(entry, <u32> bytes, 4);
  store<u32>(entry, value, 8);
  plan.length += ENTRY_BYTES;
  planBytes.length += bytes;
}

/** `name = 1`, and the tag of `value = 2`. */
function writeName(to: usize, label: usize): usize {
  const bytes = nameBytes(label);
  store<u8>(to, 0x0a);
  to = writeVarint(to + 1, bytes);
  copyLoose(to, nameAt(label), bytes);
  to += bytes;
  store<u8>(to, 0x12);
  return to + 1;
}

function addOwn(label: usize): void {
  if (isPrivate(nameAt(label), nameBytes(label))) return;
  const start = reserveMore(planBytes, nameBytes(label) + 16);
  addEntry(writeName(start, label) - start, load<u32>(label, 16));
}

function addExternal(label: usize): void {
  const valueLength = valueBytes(label);
  const inner: usize = varintBytes(nameBytes(label)) + nameBytes(label) + varintBytes(valueLength) +
    valueLength + 2;
  const start = reserveMore(planBytes, inner + 16);
  store<u8>(start, 0x0a);
  let to = writeVarint(start + 1, inner);
  to = writeVarint(writeName(to, label), valueLength);
  copyLoose(to, valueAt(label), valueLength);
  addEntry(to + valueLength - start, EXTERNAL);
}
