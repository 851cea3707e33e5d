/**
 * Alloy's first files have no checksum, and nothing in them was checked: what no
 * endpoint takes is found here, after strings and rows were read, in any order. A
 * label name that comes twice is found where rows get their plan, see
 * series_plan.ts.
 */
import { Buffer, createBuffer, reserve } from "../../bytes/memory";
import { KIND_SAMPLE, KIND_UNSUPPORTED, Row, ROW_BYTES, rows } from "../../batch/rows";
import { stringAt, stringBytes, stringCount } from "../../batch/strings";
import { isUtf8 } from "../../bytes/utf8";
import { isMetricName } from "../../batch/label";

/** By string id: 1 if it is not UTF-8. Empty while all are. */
const broken: Buffer = createBuffer();

/** Looks at all strings and rows. What cannot be sent is a signal that can only be counted. */
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

/** Names and values lie one behind the other. */
function hasBroken(row: Row): bool {
  const ids = row.namesAt;
  const end = ids + (row.labelCount << 3);
  for (let id = ids; id < end; id += 4) {
    if (load<u8>(broken.at + <usize> load<u32>(id)) != 0) return true;
  }
  return false;
}

/**
 * Alloy wrote an exemplar as a row with the exemplar's own labels, their hash and
 * no value: neither the series nor the value can be told, and as a sample it is a
 * series without a name that was never there.
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
