/**
 * The series that relabeling is asked about: their labels, taken out of the lines, and what
 * came of them. A part of them at a time, so that a page of new series takes no more memory
 * than one of old ones.
 *
 * Asked: for each series its number of labels, then for each label the bytes of its name and
 * of its value, as words; and all these texts one after the other. The first label is the
 * metric's name. Answered: the number of the words that follow, for each series its number of
 * labels and their bytes in the same way, or DROPPED; and all texts.
 */
import {
  FAULT_PAGE_MEMORY,
  SLOT_ASKED_TEXTS_AT,
  SLOT_ASKED_TEXT_BYTES,
  SLOT_ASKED_WORDS_AT,
} from "../abi/layout";
import { fail, put } from "../abi/result";
import { Label, LABEL_BYTES } from "../batch/label";
import { hashOf } from "../batch/symbols";
import { append, Buffer, copyLoose, createBuffer, reserveMore } from "../bytes/memory";
import { isText, writeText as writeAscii } from "../bytes/texts";
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readTextLabel } from "../codec/label_pair";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { areAlike } from "../bytes/alike";
import { addToIndex, firstSlot, slotAfter, slotAt } from "./hash_index";
import { copyPlain, DIALECT_TEXT, labels, metricAt, metricBytes, passBlanks } from "./label_text";
import { target, Unknown, unknown, UNKNOWN_BYTES } from "./page";
import { SERIES_HEAD_BYTES, SERIES_MARK, SUFFIX_BUCKET, SUFFIX_COUNT, SUFFIX_SUM } from "./protobuf_key";
import { Line, RECORD_SET, SET_BYTES, SET_DROPPED } from "./records";
import { HISTOGRAM_MARK } from "./series_rows";
import { passSeries } from "./series_text";
import { addRecord, keyOf, labelsOf, lineOf, setOf } from "./target";
import { TYPE_HISTOGRAM, TYPE_SUMMARY } from "./types";

const words: Buffer = createBuffer();
const texts: Buffer = createBuffer();

/** No more series are asked about at a time when their texts have so many bytes. */
const TEXT_BYTES_MAX: usize = 256 * 1024;
const DROPPED: u32 = 0xffffffff;
/** Marks the value of a label that is a number, to be written as Prometheus writes it. */
const IS_NUMBER: u32 = 0x80000000;
/** Marks the value of a label that is the bits of a double, in 16 hexadecimal digits. */
const IS_BITS: u32 = 0x40000000;

export function unknownCount(): u32 {
  return <u32> (unknown.length / UNKNOWN_BYTES);
}

/** Tells the labels of unknown series from the `from`th on. Returns how many it told. */
export function tellUnknown(from: u32): u32 {
  words.length = 0;
  texts.length = 0;
  const count = unknownCount();
  let number = from;
  while (number < count && texts.length < TEXT_BYTES_MAX) {
    const entry = changetype<Unknown>(unknown.at + <usize> number * UNKNOWN_BYTES);
    tell(lineOf(target, entry.line), entry.type);
    number++;
  }
  put(SLOT_ASKED_WORDS_AT, <f64> words.at);
  put(SLOT_ASKED_TEXTS_AT, <f64> texts.at);
  put(SLOT_ASKED_TEXT_BYTES, <f64> texts.length);
  return number - from;
}

function tell(line: Line, type: u32): void {
  const key = keyOf(line);
  const end = key + <usize> line.keyBytes;
  const mark = load<u8>(key);
  if (mark == SERIES_MARK) tellProtobuf(key, end);
  else if (mark == HISTOGRAM_MARK) tellText(key + 1, end, type);
  else tellText(key, end, type);
}

/** Tells the labels of a series in protobuf (protobuf_metric.ts). It was read before, so it is well-formed. */
function tellProtobuf(at: usize, end: usize): void {
  const suffix = <u32> load<u8>(at, 1);
  const nameBytes = <usize> load<u32>(at, 2);
  const name = at + SERIES_HEAD_BYTES;
  const boundAt = suffix >= SUFFIX_BUCKET ? end - 8 : end;
  const countAt = words.length;
  addWord(0);
  addWord(METRIC_NAME_BYTES);
  addName();
  const after = suffixOf(suffix);
  append(texts, name, nameBytes);
  addAscii(after);
  addWord(<u32> nameBytes + <u32> after.length);
  let count: u32 = 1;
  for (let pair = name + nameBytes; pair < boundAt;) {
    const bytes = <usize> load<u32>(pair);
    readTextLabel(pair + 4, pair + 4 + bytes);
    addWord(<u32> labelNameBytes);
    append(texts, labelNameAt, labelNameBytes);
    addWord(<u32> labelValueBytes);
    append(texts, labelValueAt, labelValueBytes);
    pair += 4 + bytes;
    count++;
  }
  if (suffix >= SUFFIX_BUCKET) {
    addAscii(suffix == SUFFIX_BUCKET ? "le" : "quantile");
    addWord(suffix == SUFFIX_BUCKET ? 2 : 8);
    addWord(IS_BITS | 16);
    addHexadecimal(load<u64>(boundAt));
    count++;
  }
  store<u32>(words.at + countAt, count);
}

function suffixOf(suffix: u32): string {
  if (suffix == SUFFIX_COUNT) return "_count";
  if (suffix == SUFFIX_SUM) return "_sum";
  return suffix == SUFFIX_BUCKET ? "_bucket" : "";
}

function addAscii(text: string): void {
  const to = reserveMore(texts, <usize> text.length);
  texts.length += writeAscii(to, text) - to;
}

function addHexadecimal(bits: u64): void {
  for (let shift = 60; shift >= 0; shift -= 4) {
    const digit = <u32> (bits >> <u64> shift) & 15;
    store<u8>(reserveMore(texts, 1), <u8> (digit < 10 ? 0x30 + digit : 0x57 + digit));
    texts.length++;
  }
}

/** Tells the labels of a series of a text format. It was read before, so it is well-formed. */
function tellText(at: usize, end: usize, type: u32): void {
  passSeries(at, passBlanks(at), end, DIALECT_TEXT);
  const countAt = words.length;
  let count: u32 = 1;
  addWord(0);
  addWord(METRIC_NAME_BYTES);
  addName();
  addWord(addText(metricAt, metricBytes));
  const numbers = type == TYPE_HISTOGRAM ? "le" : type == TYPE_SUMMARY ? "quantile" : "";
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    const isNumber = isText(label.nameAt, label.nameBytes, numbers);
    count++;
    addWord(addText(label.nameAt, label.nameBytes));
    addWord(addText(label.valueAt, label.valueBytes) | (isNumber ? IS_NUMBER : 0));
  }
  store<u32>(words.at + countAt, count);
}

const METRIC_NAME_BYTES: u32 = 8;
/** The bytes `__name__` as a little-endian word. */
const METRIC_NAME: u64 = 0x5f5f_656d_616e_5f5f;

function addName(): void {
  store<u64>(reserveMore(texts, 8), METRIC_NAME);
  texts.length += 8;
}

function addWord(word: u32): void {
  store<u32>(reserveMore(words, 4), word);
  words.length += 4;
}

/** Adds a text without its escapes; returns its bytes. */
function addText(at: usize, bytes: usize): u32 {
  const start = reserveMore(texts, bytes);
  const length = copyPlain(start, at, bytes, true) - start;
  texts.length += length;
  return <u32> length;
}

/** Where the words and the texts of the answers go on. */
let wordAt: usize = 0;
let textAt: usize = 0;
/** The labels of the series at hand, as fields of a TimeSeries. */
const fields: Buffer = createBuffer();

/** Takes what relabeling made of `count` series from the `from`th on. Returns false after a fault. */
export function takeAnswers(at: usize, from: u32, count: u32): bool {
  wordAt = at + 4;
  textAt = wordAt + (<usize> load<u32>(at) << 2);
  for (let number = from; number < from + count; number++) {
    const offset = changetype<Unknown>(unknown.at + <usize> number * UNKNOWN_BYTES).line;
    const labelCount = nextWord();
    if (labelCount == DROPPED) {
      lineOf(target, offset).set = SET_DROPPED;
      continue;
    }
    fields.length = 0;
    for (let i: u32 = 0; i < labelCount; i++) addField(nextWord(), nextWord());
    const set = setWith(fields.at, fields.length);
    if (set == 0) return false;
    lineOf(target, offset).set = set;
  }
  return true;
}

function nextWord(): u32 {
  const word = load<u32>(wordAt);
  wordAt += 4;
  return word;
}

/** Adds `labels = 1 { name = 1, value = 2 }` with the next two texts. */
function addField(nameBytes: usize, valueBytes: usize): void {
  const bytes: usize = 2 + varintBytes(<u64> nameBytes) + nameBytes + varintBytes(<u64> valueBytes) + valueBytes;
  const start = reserveMore(fields, bytes + 6);
  store<u8>(start, 0x0a);
  let to = writeVarint(start + 1, <u64> bytes);
  to = writeText(to, 0x0a, nameBytes);
  to = writeText(to, 0x12, valueBytes);
  fields.length += to - start;
}

function writeText(to: usize, tag: u8, bytes: usize): usize {
  store<u8>(to, tag);
  to = writeVarint(to + 1, <u64> bytes);
  copyLoose(to, textAt, bytes);
  textAt += bytes;
  return to + bytes;
}

/** The set with these labels, which may be another series' too. Returns 0 after a fault. */
function setWith(at: usize, bytes: usize): u32 {
  const hash = hashOf(at, bytes);
  const index = target.sets;
  if (index.slotCount != 0) {
    let slot = firstSlot(index, hash);
    for (let found = slotAt(index, slot); found != 0; found = slotAt(index, slot)) {
      if (<u32> (found >> 32) == hash) {
        const set = setOf(target, <u32> found);
        if (set.labelBytes == <u32> bytes && areAlike(labelsOf(set), at, bytes)) return <u32> found;
      }
      slot = slotAfter(index, slot);
    }
  }
  const offset = addRecord(target, RECORD_SET, SET_BYTES + bytes);
  if (offset == 0) return <u32> fail(FAULT_PAGE_MEMORY, at, <f64> target.records.length, 0);
  const set = setOf(target, offset);
  set.hash = hash;
  set.labelBytes = <u32> bytes;
  copyLoose(labelsOf(set), at, bytes);
  addToIndex(index, hash, offset);
  return offset;
}
