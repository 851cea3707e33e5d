/**
 * What a page says of its families. Each line of metadata says one thing of one family; here
 * they come together. Where two say the same thing of a family, the later one counts.
 */
import {
  SLOT_ASKED_TEXT_BYTES,
  SLOT_ASKED_TEXTS_AT,
  SLOT_ASKED_WORDS_AT,
} from "../abi/layout";
import { put } from "../abi/result";
import { hashOf } from "../batch/symbols";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { areAlike } from "../bytes/alike";
import { addToIndex, createIndex, firstSlot, HashIndex, resetIndex, slotAfter, slotAt } from "./hash_index";
import { copyPlain } from "./label_text";
import { HELP_OPEN, HELP_PLAIN, Line, METADATA_HELP, METADATA_TYPE, RECORD_METADATA } from "./records";
import { request } from "./request";
import { keyOf, recordOf, Target, wasIn } from "./target";

/** A family, and what is said of it: lines, or null. */
@unmanaged
class Family {
  name: Line;
  help: Line | null;
  type: Line | null;
  unit: Line | null;
  /** Whether something of it was not in the page before. */
  isNew: bool;
}

const FAMILY_BYTES: usize = offsetof<Family>();

const families: Buffer = createBuffer();
const index: HashIndex = createIndex();
const words: Buffer = createBuffer();
const texts: Buffer = createBuffer();

/** Finds the families of a page. Those that are told as new were not in the page `before`. */
function collect(target: Target, page: u32, before: u32): void {
  families.length = 0;
  resetIndex(index, 0);
  for (let offset: u32 = 8; <usize> offset < target.records.length;) {
    const record = recordOf(target, offset);
    offset += record.size;
    if (record.kind != RECORD_METADATA || !wasIn(page, record)) continue;
    const line = changetype<Line>(record);
    // Prometheus takes such a page, and there is nobody who would take the name.
    if (!isUtf8(nameOf(line), line.nameBytes)) continue;
    const family = familyOf(line);
    if (record.mark != before && record.before != before) family.isNew = true;
    if (line.set == METADATA_HELP) family.help = later(family.help, line);
    else if (line.set == METADATA_TYPE) family.type = later(family.type, line);
    else family.unit = later(family.unit, line);
  }
}

function later(known: Line | null, line: Line): Line {
  return known == null || known.place < line.place ? line : known;
}

// @ts-ignore: decorator
@inline
function nameOf(line: Line): usize {
  return keyOf(line) + <usize> line.nameAt;
}

function familyOf(line: Line): Family {
  const hash = hashOf(nameOf(line), line.nameBytes);
  let slot = firstSlot(index, hash);
  for (let found = slotAt(index, slot); found != 0; found = slotAt(index, slot)) {
    if (<u32> (found >> 32) == hash) {
      const family = changetype<Family>(families.at + <usize> (<u32> found - 1) * FAMILY_BYTES);
      const other = family.name;
      if (other.nameBytes == line.nameBytes && areAlike(nameOf(other), nameOf(line), line.nameBytes)) {
        return family;
      }
    }
    slot = slotAfter(index, slot);
  }
  const family = changetype<Family>(reserveMore(families, FAMILY_BYTES));
  families.length += FAMILY_BYTES;
  family.name = line;
  family.help = null;
  family.type = null;
  family.unit = null;
  family.isNew = false;
  addToIndex(index, hash, <u32> (families.length / FAMILY_BYTES));
  return family;
}

const METADATA: u8 = 0x1a;
const METADATA_KIND: u8 = 0x08;
const METADATA_FAMILY: u8 = 0x12;
const METADATA_HELP_TEXT: u8 = 0x22;
const METADATA_UNIT_TEXT: u8 = 0x2a;

/** Adds what the page at hand says of its families to the request: of all, or of those that are new or have changed. */
export function writeMetadata(target: Target, all: bool): void {
  if (!all && !target.hasNewMetadata) return;
  collect(target, target.page, target.keptContent);
  for (let at: usize = 0; at < families.length; at += FAMILY_BYTES) {
    const family = changetype<Family>(families.at + at);
    if (all || family.isNew) writeFamily(family);
  }
}

/** `metadata = 3 { type = 1, metric_family_name = 2, help = 4, unit = 5 }`. */
function writeFamily(family: Family): void {
  texts.length = 0;
  const nameBytes = addText(family.name, family.name.nameAt, family.name.nameBytes, HELP_PLAIN);
  const helpBytes = addSaid(family.help);
  const unitBytes = addSaid(family.unit);
  const bytes: usize = 2 + fieldBytes(nameBytes) + fieldBytes(helpBytes) + fieldBytes(unitBytes);
  const start = reserveMore(request, bytes + 8);
  store<u8>(start, METADATA);
  let to = writeVarint(start + 1, <u64> bytes);
  store<u8>(to, METADATA_KIND);
  store<u8>(to + 1, <u8> typeOf(family));
  to = writeField(to + 2, METADATA_FAMILY, texts.at, nameBytes);
  to = writeField(to, METADATA_HELP_TEXT, texts.at + nameBytes, helpBytes);
  to = writeField(to, METADATA_UNIT_TEXT, texts.at + nameBytes + helpBytes, unitBytes);
  request.length += to - start;
}

function typeOf(family: Family): u32 {
  const type = family.type;
  return type == null ? 0 : type.part;
}

function fieldBytes(bytes: usize): usize {
  return bytes == 0 ? 0 : 1 + varintBytes(<u64> bytes) + bytes;
}

function writeField(to: usize, tag: u8, at: usize, bytes: usize): usize {
  if (bytes == 0) return to;
  store<u8>(to, tag);
  to = writeVarint(to + 1, <u64> bytes);
  memory.copy(to, at, bytes);
  return to + bytes;
}

/** Adds the text that a line says; returns its bytes. */
function addSaid(line: Line | null): usize {
  if (line == null) return 0;
  const form = line.set == METADATA_HELP ? line.part : HELP_PLAIN;
  return addText(line, line.textAt, line.textBytes, form);
}

function addText(line: Line, at: u32, bytes: u32, form: u32): usize {
  const start = reserveMore(texts, bytes);
  const from = keyOf(line) + <usize> at;
  if (form == HELP_PLAIN) memory.copy(start, from, bytes);
  const length = form == HELP_PLAIN
    ? <usize> bytes
    : copyPlain(start, from, bytes, form == HELP_OPEN) - start;
  texts.length += length;
  return length;
}

/**
 * Tells what the last page says of its families: for each its type and the bytes of its name,
 * help and unit, as words; and these texts one after the other. Returns how many there are.
 */
export function tellFamilies(target: Target): u32 {
  collect(target, target.keptContent, target.keptContent);
  const count = families.length / FAMILY_BYTES;
  texts.length = 0;
  let to = reserve(words, count << 4);
  for (let at: usize = 0; at < families.length; at += FAMILY_BYTES) {
    const family = changetype<Family>(families.at + at);
    store<u32>(to, typeOf(family));
    store<u32>(to, <u32> addText(family.name, family.name.nameAt, family.name.nameBytes, HELP_PLAIN), 4);
    store<u32>(to, <u32> addSaid(family.help), 8);
    store<u32>(to, <u32> addSaid(family.unit), 12);
    to += 16;
  }
  put(SLOT_ASKED_WORDS_AT, <f64> words.at);
  put(SLOT_ASKED_TEXTS_AT, <f64> texts.at);
  put(SLOT_ASKED_TEXT_BYTES, <f64> texts.length);
  return <u32> count;
}
