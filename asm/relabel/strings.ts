/** The strings of the batch at hand, and those that are kept with the sets. */
import { Buffer, createBuffer, reserve, reserveMore, sameBytes } from "../bytes/memory";
import { epoch, findString, keepText, KeptString } from "../batch/kept_strings";
import { STRING_REF_BYTES, StringRef, stringRef, strings, stringCount } from "../batch/strings";
import { hashOf } from "../batch/symbols";

/** Of a string that was looked for, and is not kept. */
const NOT_KEPT: u32 = 1;

/** By the id of a string that came with the batch: the `KeptString`, NOT_KEPT, or 0 while nobody asked. */
const known: Buffer = createBuffer();
/** The texts that rules made, which strings point into. */
const texts: Buffer = createBuffer();

/** The strings are those of another batch. */
export function openStrings(): void {
  const bytes = <usize> stringCount() << 2;
  known.length = 0;
  memory.fill(reserve(known, bytes), 0, bytes);
  known.length = bytes;
  texts.length = 0;
}

/** The kept string that is the same as one of the batch; 0 if there is none. */
// @ts-ignore: decorator
@inline
export function keptOf(id: u32): u32 {
  const here = load<u32>(known.at + (<usize> id << 2));
  return here == 0 ? lookFor(id) : here == NOT_KEPT ? 0 : here;
}

function lookFor(id: u32): u32 {
  const ref = stringRef(id);
  const string = findString(hashOf(ref.at, ref.bytes), ref.at, ref.bytes);
  if (string == null) {
    store<u32>(known.at + (<usize> id << 2), NOT_KEPT);
    return 0;
  }
  return note(id, string);
}

/** Notes which string of the batch a kept one is. */
// @ts-ignore: decorator
@inline
function note(id: u32, string: KeptString): u32 {
  string.epoch = epoch;
  string.number = id;
  store<u32>(known.at + (<usize> id << 2), <u32> changetype<usize>(string));
  return <u32> changetype<usize>(string);
}

/** Whether a string that came with the batch was found to be this kept one. */
// @ts-ignore: decorator
@inline
export function isKnownAs(id: u32, string: u32): bool {
  return load<u32>(known.at + (<usize> id << 2)) == string;
}

/**
 * Whether a string that came with the batch is this kept one. To compare the two costs
 * less than to look for one of them.
 */
export function confirm(id: u32, string: u32): bool {
  const here = load<u32>(known.at + (<usize> id << 2));
  if (here != 0) return here == string;
  const ref = stringRef(id);
  const kept = changetype<KeptString>(string);
  if (kept.bytes != ref.bytes || !sameBytes(kept.textAt, ref.at, ref.bytes)) return false;
  note(id, kept);
  return true;
}

/** The kept string that is the same as any of the batch, also one that rules made; 0 if there is none. */
export function keptText(id: u32): u32 {
  if ((<usize> id << 2) < known.length) return keptOf(id);
  const ref = stringRef(id);
  return <u32> changetype<usize>(findString(hashOf(ref.at, ref.bytes), ref.at, ref.bytes));
}

/** Keeps a string of the batch, for which there must be room. */
export function keep(id: u32): u32 {
  const isNew = (<usize> id << 2) >= known.length;
  const here = isNew ? 0 : keptOf(id);
  if (here != 0) return here;
  const ref = stringRef(id);
  const string = keepText(hashOf(ref.at, ref.bytes), ref.at, ref.bytes, id);
  string.epoch = epoch;
  string.number = id;
  if (!isNew) store<u32>(known.at + (<usize> id << 2), <u32> changetype<usize>(string));
  return <u32> changetype<usize>(string);
}

/** The id of a kept string in the batch, to which it is added if need be. */
// @ts-ignore: decorator
@inline
export function idOf(string: KeptString): u32 {
  return string.epoch == epoch ? string.number : addKept(string);
}

function addKept(string: KeptString): u32 {
  const id = addString(string.textAt, string.bytes);
  string.epoch = epoch;
  string.number = id;
  return id;
}

function addString(at: usize, bytes: usize): u32 {
  const id = stringCount();
  const ref = changetype<StringRef>(reserveMore(strings, STRING_REF_BYTES));
  ref.at = at;
  ref.bytes = bytes;
  strings.length += STRING_REF_BYTES;
  return id;
}

/** Adds strings to the batch: their lengths, u32 each, and their texts, one behind the other. */
export function addStrings(lengths: usize, count: usize, at: usize, bytes: usize): void {
  texts.length = 0;
  memory.copy(reserve(texts, bytes), at, bytes);
  texts.length = bytes;
  let text = texts.at;
  for (let i: usize = 0; i < count; i++) {
    const length = <usize> load<u32>(lengths + (i << 2));
    addString(text, length);
    text += length;
  }
}
