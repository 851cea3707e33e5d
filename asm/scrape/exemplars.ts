/** The exemplars of the page at hand, and the rules of Prometheus for them (tsdb/agent, validateExemplar). */
import { hashOf } from "../batch/symbols";
import { nthLabel } from "../batch/label";
import { sortLabels } from "../batch/sort";
import { Buffer, copyLoose, createBuffer, reserveMore, sameBytes } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { messages, Row, ROW_BYTES, rows } from "./page";
import { LabelSet } from "./records";

/** An exemplar. Its labels are in `messages`, as fields of the message that it becomes. */
@unmanaged
export class Exemplar {
  value: u64;
  timestampMs: i64;
  labelsAt: u32;
  labelBytes: u32;
  hasTimestamp: u32;
  /** It breaks a rule. */
  isBad: u32;
}

export const EXEMPLAR_BYTES: usize = offsetof<Exemplar>();

export const exemplars: Buffer = createBuffer();

/** Prometheus's limit for the names and values of an exemplar's labels, in characters. */
const CHARACTERS_MAX: u32 = 128;

const LABEL: u8 = 0x0a;
const NAME: u8 = 0x0a;
const VALUE: u8 = 0x12;

/** Exemplars that were left out as they break a rule. */
export let badExemplars: u32 = 0;

export function beginExemplars(): void {
  exemplars.length = 0;
}

export function clearExemplarCount(): void {
  badExemplars = 0;
}

/** Adds an exemplar to the row that was added last. Its labels follow, one by one. */
export function addExemplar(row: Row, value: u64, hasTimestamp: bool, timestampMs: i64): Exemplar {
  const exemplar = changetype<Exemplar>(reserveMore(exemplars, EXEMPLAR_BYTES));
  if (row.exemplarCount++ == 0) row.exemplarAt = <u32> exemplars.length;
  exemplar.value = value;
  exemplar.timestampMs = timestampMs;
  exemplar.hasTimestamp = hasTimestamp ? 1 : 0;
  exemplar.labelsAt = <u32> messages.length;
  exemplar.labelBytes = 0;
  exemplar.isBad = 0;
  exemplars.length += EXEMPLAR_BYTES;
  return exemplar;
}

/** Gives an exemplar its labels, which are few: those in an array of `Label`, which is sorted. */
export function setExemplarLabels(exemplar: Exemplar, labels: usize, count: usize): void {
  let characters: u32 = 0;
  // What has more labels than characters may be has a name twice, or none.
  if (count > CHARACTERS_MAX + 1) {
    exemplar.isBad = 1;
    return;
  }
  if (count > 1) sortLabels(labels, count);
  for (let i: usize = 0; i < count; i++) {
    const label = nthLabel(labels, i);
    characters += charactersIn(label.nameAt, label.nameBytes);
    characters += charactersIn(label.valueAt, label.valueBytes);
    const isBad = characters > CHARACTERS_MAX || label.nameBytes == 0 || isTwice(labels, i);
    if (isBad || !isUtf8(label.nameAt, label.nameBytes) || !isUtf8(label.valueAt, label.valueBytes)) {
      exemplar.isBad = 1;
      return;
    }
    addLabel(label.nameAt, label.nameBytes, label.valueAt, label.valueBytes);
  }
  exemplar.labelBytes = <u32> messages.length - exemplar.labelsAt;
}

function charactersIn(at: usize, bytes: usize): u32 {
  let count: u32 = 0;
  for (const end = at + bytes; at < end; at++) count += (load<u8>(at) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

/** Whether the label before has the same name. */
function isTwice(labels: usize, number: usize): bool {
  if (number == 0) return false;
  const label = nthLabel(labels, number);
  const other = nthLabel(labels, number - 1);
  return other.nameBytes == label.nameBytes && sameBytes(other.nameAt, label.nameAt, label.nameBytes);
}

function addLabel(nameAt: usize, nameBytes: usize, valueAt: usize, valueBytes: usize): void {
  const bytes: usize = 2 + varintBytes(<u64> nameBytes) + nameBytes + varintBytes(<u64> valueBytes) + valueBytes;
  const start = reserveMore(messages, 6 + bytes);
  store<u8>(start, LABEL);
  let to = writeVarint(start + 1, bytes);
  store<u8>(to, NAME);
  to = writeVarint(to + 1, nameBytes);
  copyLoose(to, nameAt, nameBytes);
  to += nameBytes;
  store<u8>(to, VALUE);
  to = writeVarint(to + 1, valueBytes);
  copyLoose(to, valueAt, valueBytes);
  messages.length += to + valueBytes - start;
}

// @ts-ignore: decorator
@inline
export function exemplarIn(row: Row, number: u32): Exemplar {
  const at = exemplars.at + <usize> row.exemplarAt + <usize> number * EXEMPLAR_BYTES;
  return changetype<Exemplar>(at);
}

/**
 * Which exemplars of a row are sent: a bad one is not, nor one that is as the one before it,
 * also in an earlier page. The others stay in the row.
 */
export function chooseExemplars(row: Row, set: LabelSet, forgotten: u32): void {
  let chosen: u32 = 0;
  for (let i: u32 = 0; i < row.exemplarCount; i++) {
    const exemplar = exemplarIn(row, i);
    if (exemplar.isBad != 0) {
      badExemplars++;
      continue;
    }
    const hash = exemplarHash(exemplar, forgotten);
    if (hash == set.exemplars) continue;
    set.exemplars = hash;
    const to = exemplarIn(row, chosen++);
    memory.copy(changetype<usize>(to), changetype<usize>(exemplar), EXEMPLAR_BYTES);
  }
  row.exemplarCount = chosen;
}

/**
 * Gives a histogram the exemplars of the rows of its parts that have a time, in its order. The
 * rows are from one place to another.
 */
export function takeExemplarsOf(row: Row, from: usize, to: usize): void {
  row.exemplarAt = <u32> exemplars.length;
  for (let at = from; at < to; at += ROW_BYTES) {
    const part = changetype<Row>(rows.at + at);
    if (part.isPart == 0) continue;
    for (let i: u32 = 0; i < part.exemplarCount; i++) {
      reserveMore(exemplars, EXEMPLAR_BYTES);
      const exemplar = exemplarIn(part, i);
      if (exemplar.hasTimestamp == 0) continue;
      memory.copy(exemplars.at + exemplars.length, changetype<usize>(exemplar), EXEMPLAR_BYTES);
      exemplars.length += EXEMPLAR_BYTES;
      row.exemplarCount++;
    }
    part.exemplarCount = 0;
  }
  sortExemplars(row);
}

/** More exemplars than that stay in the order of their buckets. */
const SORTED_MAX: u32 = 1000;

/** Puts exemplars in the order of their times, and of their values. */
export function sortExemplars(row: Row): void {
  const count = row.exemplarCount;
  if (count > SORTED_MAX) return;
  const spare = reserveMore(exemplars, EXEMPLAR_BYTES);
  for (let i: u32 = 1; i < count; i++) {
    let to = i;
    memory.copy(spare, changetype<usize>(exemplarIn(row, i)), EXEMPLAR_BYTES);
    const own = changetype<Exemplar>(spare);
    for (; to > 0 && isBefore(own, exemplarIn(row, to - 1)); to--) {
      memory.copy(
        changetype<usize>(exemplarIn(row, to)),
        changetype<usize>(exemplarIn(row, to - 1)),
        EXEMPLAR_BYTES,
      );
    }
    memory.copy(changetype<usize>(exemplarIn(row, to)), spare, EXEMPLAR_BYTES);
  }
}

function isBefore(a: Exemplar, b: Exemplar): bool {
  if (a.timestampMs != b.timestampMs) return a.timestampMs < b.timestampMs;
  return reinterpret<f64>(a.value) < reinterpret<f64>(b.value);
}

/** Never 0. The time counts where the page says it. */
function exemplarHash(exemplar: Exemplar, forgotten: u32): u32 {
  const labels = hashOf(messages.at + <usize> exemplar.labelsAt, exemplar.labelBytes);
  const time = exemplar.hasTimestamp != 0 ? <u64> exemplar.timestampMs * 0x9e3779b97f4a7c15 + 1 : 0;
  const mixed = (exemplar.value ^ time ^ (<u64> forgotten << 32)) * 0xd6e8feb86659fd93;
  return (<u32> (mixed >> 32) ^ <u32> mixed ^ labels) | 1;
}
