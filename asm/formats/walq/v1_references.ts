/** References to the strings of a `walq.metrics.v1` file: docs/format.md. */
import { FAULT_INDEX } from "../../abi/layout";
import { readVarint, varint } from "../../codec/protobuf";
import { refuse } from "../../abi/result";
import { NO_STRING } from "../../batch/rows";
import { stringCount } from "./v1_sections";

/** How many strings were referred to so far. A reference is to the next string, or counts back from here. */
export let usedStrings: u64 = 0;

export function forgetReferences(): void {
  usedStrings = 0;
}

/** The number of the string that the last reference leads to. */
export let stringRead: u32 = 0;

/** Sets stringRead for a text that is absent. */
export function readNone(): void {
  stringRead = NO_STRING;
}

/** Reads a reference. Returns its end, or 0 after a fault. */
// @ts-ignore: decorator
@inline
export function readReference(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  return next != 0 && resolve(varint, at) ? next : 0;
}

/** Finds a string by how far back it is, or the next one if that is 0. Returns false after a fault. */
export function resolve(back: u64, at: usize): bool {
  if (back == 0) {
    if (usedStrings >= stringCount) {
      return refuse(FAULT_INDEX, at, <f64> usedStrings, <f64> stringCount);
    }
    stringRead = <u32> usedStrings;
    usedStrings++;
    return true;
  }
  if (back > usedStrings) return refuse(FAULT_INDEX, at, <f64> back, <f64> usedStrings);
  stringRead = <u32> (usedStrings - back);
  return true;
}
