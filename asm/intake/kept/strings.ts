/** Kept strings and the string table of the open batch. */
import { epoch, keepText, KeptString } from "../../batch/kept_strings";
import { internKnown, symbolAt, symbolHash, symbolLength } from "../../batch/symbols";

/** Keeps a string of the open batch. There must be room for it. */
export function keepString(id: u32): KeptString {
  return keepText(symbolHash(id), symbolAt(id), symbolLength(id), id);
}

/** The number of a kept string in the open batch. It is added to the batch if it is not there. */
// @ts-ignore: decorator
@inline
export function numberOf(string: KeptString): u32 {
  const known = string.epochAndNumber;
  return <u32> known == epoch ? <u32> (known >> 32) : renumber(string);
}

function renumber(string: KeptString): u32 {
  const id = internKnown(string.textAt, string.bytes, string.hash);
  string.epoch = epoch;
  string.number = id;
  return id;
}
