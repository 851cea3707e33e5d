/** A target as bytes, so that it can move to another instance: its numbers, and its records. */
import { append, Buffer, reserve } from "../bytes/memory";
import { addToIndex } from "./hash_index";
import { LabelSet, Line, RECORD_PART, RECORD_SET } from "./records";
import { createTarget, recordOf, Target } from "./target";

export function pack(target: Target, to: Buffer): void {
  to.length = 0;
  append(to, changetype<usize>(target), offsetof<Target>());
  append(to, target.records.at, target.records.length);
}

export function unpack(at: usize, bytes: usize): Target {
  const target = createTarget();
  const records = target.records;
  const lines = target.lines;
  const sets = target.sets;
  memory.copy(changetype<usize>(target), at, offsetof<Target>());
  target.records = records;
  target.lines = lines;
  target.sets = sets;
  const length = bytes - offsetof<Target>();
  memory.copy(reserve(records, length), at + offsetof<Target>(), length);
  records.length = length;
  for (let offset: u32 = 8; <usize> offset < length;) {
    const record = recordOf(target, offset);
    if (record.kind == RECORD_SET) addToIndex(sets, changetype<LabelSet>(record).hash, offset);
    else if (record.kind != RECORD_PART) addToIndex(lines, changetype<Line>(record).hash, offset);
    offset += record.size;
  }
  return target;
}
