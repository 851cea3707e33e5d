/**
 * Reads and writes the metadata of Alloy's files. An entry is a series without samples, whose
 * labels say what is known of a family.
 */
import {
  addMetadata,
  addRow,
  KIND_UNSUPPORTED,
  labelIds,
  metadata,
  METADATA_BYTES,
  MetadataEntry,
  NO_STRING,
} from "../../batch/rows";
import { isBroken } from "./v1_review";
import { Buffer, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { stringAt, stringBytes } from "../../batch/strings";
import { intern } from "../../batch/symbols";
import { isText, isTextInAnyCase, writeText } from "../../bytes/texts";

const TYPES: i32 = 8;
const LABELS: usize = 4;

/** The words for MetricMetadata.MetricType. */
function typeText(type: u32): string {
  switch (type) {
    case 1:
      return "counter";
    case 2:
      return "gauge";
    case 3:
      return "histogram";
    case 4:
      return "gaugehistogram";
    case 5:
      return "summary";
    case 6:
      return "info";
    case 7:
      return "stateset";
    default:
      return "unknown";
  }
}

/** The labels of an entry that was read. */
@unmanaged
class EntryRead {
  /** Where they begin in `labelIds`, counted in ids, and how many labels there are. */
  labels: u32;
  count: u32;
}

const ENTRY_READ_BYTES: usize = offsetof<EntryRead>();

/** An `EntryRead` for each entry that was read. */
const entries: Buffer = createBuffer();

export function clearEntries(): void {
  entries.length = 0;
}

/** Notes an entry. Its strings may come later in the file. */
export function noteEntry(labels: u32, count: u32): void {
  const entry = changetype<EntryRead>(reserveMore(entries, ENTRY_READ_BYTES));
  entry.labels = labels;
  entry.count = count;
  entries.length += ENTRY_READ_BYTES;
}

/** Makes metadata of the entries. An entry that is not metadata is a signal that can only be counted. */
export function resolveEntries(): void {
  for (let at = entries.at; at < entries.at + entries.length; at += ENTRY_READ_BYTES) {
    const entry = changetype<EntryRead>(at);
    if (!resolveEntry(labelIds.at + (<usize> entry.labels << 2), <usize> entry.count)) {
      addRow(0, 0, 0, entry.labels, 0, KIND_UNSUPPORTED);
    }
  }
}

function resolveEntry(names: usize, count: usize): bool {
  let family = NO_STRING;
  let help = NO_STRING;
  let unit = NO_STRING;
  let type: i32 = -1;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    const value = load<u32>(names + ((count + i) << 2));
    // An unknown or absent type is UNKNOWN, as in Prometheus.
    if (isString(name, "__alloy_metadata_type__")) type = typeOf(value);
    else if (stringBytes(value) == 0) continue;
    else if (isString(name, "__name__")) family = value;
    else if (isString(name, "__alloy_metadata_help__")) help = value;
    else if (isString(name, "__alloy_metadata_unit__")) unit = value;
  }
  if (family == NO_STRING || type < 0) return false;
  if (isBroken(family) || isBrokenText(help) || isBrokenText(unit)) return false;
  addMetadata(family, <u32> type, help, unit);
  return true;
}

function isBrokenText(id: u32): bool {
  return id != NO_STRING && isBroken(id);
}

function isString(id: u32, text: string): bool {
  return isText(stringAt(id), stringBytes(id), text);
}

function typeOf(id: u32): i32 {
  for (let type = 1; type < TYPES; type++) {
    if (isTextInAnyCase(stringAt(id), stringBytes(id), typeText(<u32> type))) return type;
  }
  return 0;
}

/** The ids of the names and values of each entry that is to be written, a u32 each. The names are sorted. */
const ids: Buffer = createBuffer();

/** Gives ids to the labels of all entries. To be called before the strings are written. */
export function internEntries(): void {
  const count = metadata.length / METADATA_BYTES;
  ids.length = 0;
  reserve(ids, count * LABELS * 8);
  for (let entryAt = metadata.at; entryAt < metadata.at + metadata.length; entryAt += METADATA_BYTES) {
    const entry = changetype<MetadataEntry>(entryAt);
    put(internText("__alloy_metadata_help__"));
    put(internText("__alloy_metadata_type__"));
    put(internText("__alloy_metadata_unit__"));
    put(internText("__name__"));
    put(idOf(entry.help));
    put(internText(typeText(entry.type)));
    put(idOf(entry.unit));
    put(entry.family);
  }
}

function put(id: u32): void {
  store<u32>(ids.at + ids.length, id);
  ids.length += 4;
}

const scratch: usize = memory.data(64, 8);

function internText(text: string): u32 {
  return intern(scratch, writeText(scratch, text) - scratch);
}

/** The id of a text. An absent text is written as an empty one. */
function idOf(id: u32): u32 {
  return id == NO_STRING ? intern(scratch, 0) : id;
}

/** Where the ids of an entry are: the names, then the values. */
export function entryIds(index: usize): usize {
  return ids.at + index * LABELS * 8;
}

export const ENTRY_LABELS: usize = LABELS;
