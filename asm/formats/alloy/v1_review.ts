/**
 * Finds what no endpoint takes. Alloy's first files have no checksum, and nothing in them
 * was checked. Strings and rows may come in any order in the file, so this is done when all
 * were read. A label name that comes twice is found when rows get their plan: see
 * series_plan.ts.
 */
import { Buffer, createBuffer, reserve } from "../../bytes/memory";
import { KIND_SAMPLE, KIND_UNSUPPORTED, Row, ROW_BYTES, rows } from "../../batch/rows";
import { stringAt, stringBytes, stringCount } from "../../batch/strings";
import { isUtf8 } from "../../bytes/utf8";
import { isMetricName } from "../../batch/label";

/** A byte for each string, by id: 1 if it is not UTF-8. It is empty if all strings are UTF-8. */
const broken: Buffer = createBuffer();

/** Looks at all strings and rows. A signal that cannot be sent can only be counted. */
export function reviewRows(): void {
  checkStrings();
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (isExemplar(row) || (broken.length != 0 && hasBroken(row))) {
      row.kind = KIND_UNSUPPORTED;
    }
  }
}

/** Whether a string is not UTF-8. */
export function isBroken(id: u32): bool {
  return broken.length != 0 && load<u8>(broken.at + <usize> id) != 0;
}

function checkStrings(): void {
  broken.length = 0;
  const count = stringCount();
  for (let id: u32 = 0; id < count; id++) {
    if (isUtf8(stringAt(id), stringBytes(id))) continue;
    if (broken.length == 0) {
      memory.fill(reserve(broken, count), 0, count);
      broken.length = count;
    }
    store<u8>(broken.at + <usize> id, 1);
  }
}

/** Whether one of the labels has a string that is not UTF-8. The ids of values follow those of names. */
function hasBroken(row: Row): bool {
  const ids = row.namesAt;
  const end = ids + (row.labelCount << 3);
  for (let id = ids; id < end; id += 4) {
    if (load<u8>(broken.at + <usize> load<u32>(id)) != 0) return true;
  }
  return false;
}

/**
 * Whether a row is an exemplar. Alloy wrote an exemplar as a row with the exemplar's own
 * labels, their hash and no value. Its series and its value are lost. Sent as a sample it
 * would be a series without a name, which never existed.
 */
// @ts-ignore: decorator
@inline
function isExemplar(row: Row): bool {
  return row.valueBits == 0 && row.hash != 0 && row.kind == KIND_SAMPLE && !hasName(row);
}

function hasName(row: Row): bool {
  const names = row.namesAt;
  const end = names + (row.labelCount << 2);
  for (let name = names; name < end; name += 4) {
    const id = load<u32>(name);
    if (isMetricName(stringAt(id), stringBytes(id))) return true;
  }
  return false;
}
