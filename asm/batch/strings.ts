/** The strings of the batch that a reader has loaded. */
import { Buffer, createBuffer } from "../bytes/memory";

/** Where a string is. */
@unmanaged
export class StringRef {
  at: usize;
  bytes: usize;
}

export const STRING_REF_BYTES: usize = offsetof<StringRef>();

/** A `StringRef` for each string, by id. */
export const strings: Buffer = createBuffer();

export function stringCount(): u32 {
  return <u32> (strings.length / STRING_REF_BYTES);
}

// @ts-ignore: decorator
@inline
export function stringRef(id: u32): StringRef {
  return changetype<StringRef>(strings.at + <usize> id * STRING_REF_BYTES);
}

// @ts-ignore: decorator
@inline
export function stringAt(id: u32): usize {
  return stringRef(id).at;
}

// @ts-ignore: decorator
@inline
export function stringBytes(id: u32): usize {
  return stringRef(id).bytes;
}
