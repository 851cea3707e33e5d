/**
 * Handles of label sets: what has come in two pages is named by its labels once more, and
 * from then on by the handle that the writer gave it (intake/kept/handles.ts).
 */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { LabelSet, RECORD_SET } from "./records";
import { recordOf, setOf, Target } from "./target";

/** The sets of the series of the request, one after the other: their offsets. */
export const written: Buffer = createBuffer();
/** Those of them whose handle was asked for. */
const asked: Buffer = createBuffer();
/** Whether sets are named by handles in the page at hand. */
let namesByHandle: bool = false;

/** Begins a request. Handles of another writer, or of another time, mean nothing. */
export function beginHandles(target: Target, handlesOf: f64): void {
  written.length = 0;
  asked.length = 0;
  namesByHandle = handlesOf != 0;
  if (handlesOf != target.handlesOf) forgetHandles(target);
  target.handlesOf = handlesOf;
}

function forgetHandles(target: Target): void {
  for (let offset: u32 = 8; <usize> offset < target.records.length;) {
    const record = recordOf(target, offset);
    if (record.kind == RECORD_SET) changetype<LabelSet>(record).handle = 0;
    offset += record.size;
  }
}

/** What names a set in the request: its handle, 0 to ask for one, or -1 where there is none. */
// @ts-ignore: decorator
@inline
export function nameSet(target: Target, set: LabelSet, isKnown: bool): i64 {
  const offset = <u32> (changetype<usize>(set) - target.records.at);
  store<u32>(reserveMore(written, 4), offset);
  written.length += 4;
  if (!namesByHandle) return -1;
  if (set.handle != 0) return <i64> set.handle;
  if (!isKnown) return -1;
  store<u32>(reserveMore(asked, 4), offset);
  asked.length += 4;
  return 0;
}

/** Takes the handles that were asked for. */
export function takeHandles(target: Target, at: usize, bytes: usize): void {
  const end = min(bytes, asked.length);
  for (let i: usize = 0; i < end; i += 4) {
    setOf(target, load<u32>(asked.at + i)).handle = load<u32>(at + i);
  }
}
