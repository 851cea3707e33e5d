/** Finds the header's counts and the sections of a `walq.metrics.v1` file: docs/format.md. */
import { FAULT_ENTRIES, FAULT_MAGIC, FAULT_SECTION, FAULT_SECTION_BYTES, FAULT_TRUNCATED } from "../../abi/layout";
import { BUFFER_BYTES_MAX } from "../../bytes/memory";
import { readLength, readVarint, varint } from "../../codec/protobuf";
import { fail, refuse } from "../../abi/result";
import { LAYOUT, MAGIC, SECTION_METADATA_SWITCHES, SECTION_SKIPPABLE, SECTIONS_END } from "./v1_layout";

// The header's counts.
export let stringCount: u64 = 0;
export let shapeCount: u64 = 0;
export let setCount: u64 = 0;
export let rowCount: u64 = 0;
export let metadataCount: u64 = 0;

/** Where a section is. */
@unmanaged
class Section {
  at: usize;
  end: usize;
}

/** A `Section` for each section, by number. An absent one is empty. */
const sections: usize = memory.data(256, 8);

/** Where the section with the switches of metadata is; both are 0 without it. */
export let switchesAt: usize = 0;
export let switchesEnd: usize = 0;

function section(id: u32): Section {
  return changetype<Section>(sections + <usize> id * offsetof<Section>());
}

/** Reads the header and the heads of sections. Returns false after a fault. */
export function readSections(at: usize, end: usize): bool {
  memory.fill(sections, 0, <usize> SECTIONS_END * offsetof<Section>());
  switchesAt = 0;
  switchesEnd = 0;
  if (end - at < 5) return refuse(FAULT_TRUNCATED, at, <f64> (end - at), 5);
  if (load<u32>(at) != MAGIC) return refuse(FAULT_MAGIC, at, load<u32>(at), MAGIC);
  if (<u32> load<u8>(at, 4) != LAYOUT) return refuse(FAULT_MAGIC, at + 4, load<u8>(at, 4), LAYOUT);
  at = readCounts(at + 5, end);
  let last: u32 = 0;
  while (at != 0 && at < end) {
    const id = <u32> load<u8>(at);
    const isKnown = id > last && id < SECTIONS_END;
    if (!isKnown && id < SECTION_SKIPPABLE) return refuse(FAULT_SECTION, at, id, last);
    at = readLength(at + 1, end);
    if (at == 0) return false;
    if (isKnown) {
      last = id;
      section(id).at = at;
      section(id).end = at + <usize> varint;
    } else {
      if (id == SECTION_METADATA_SWITCHES) {
        switchesAt = at;
        switchesEnd = at + <usize> varint;
      }
      last = SECTIONS_END;
    }
    at += <usize> varint;
  }
  return at != 0;
}

function readCounts(at: usize, end: usize): usize {
  at = readVarint(at, end);
  stringCount = varint;
  if (at != 0) at = readVarint(at, end);
  shapeCount = varint;
  if (at != 0) at = readVarint(at, end);
  setCount = varint;
  if (at != 0) at = readVarint(at, end);
  rowCount = varint;
  if (at != 0) at = readVarint(at, end);
  metadataCount = varint;
  return at;
}

export function sectionAt(id: u32): usize {
  return section(id).at;
}

export function sectionEnd(id: u32): usize {
  return section(id).end;
}

/** Whether a section has at least one byte for each of this many entries. */
export function pays(id: u32, count: u64): bool {
  const bytes = sectionEnd(id) - sectionAt(id);
  if (count <= <u64> bytes) return true;
  return refuse(FAULT_SECTION_BYTES, sectionAt(id), <f64> count, <f64> bytes);
}

/** Whether a section was read to its end. */
export function isThrough(id: u32, at: usize): bool {
  if (at == sectionEnd(id)) return true;
  if (at != 0) fail(FAULT_SECTION_BYTES, at, <f64> (sectionEnd(id) - at), 0);
  return false;
}

/** Whether this many entries fit into one block of memory. */
export function hasRoom(at: usize, count: u64, bytes: usize): bool {
  const most = BUFFER_BYTES_MAX / bytes;
  if (count <= <u64> most) return true;
  return refuse(FAULT_ENTRIES, at, <f64> count, <f64> most);
}
