/** The strings of the batch that a reader has at hand. */
import { Buffer, createBuffer } from "../bytes/memory";

/** By id: where each string is and its length, u32 both. */
export const strings: Buffer = createBuffer();

// @ts-ignore: decorator
@inline
export function stringAt(id: u32): usize {
  return <usize> load<u32>(strings.at + (<usize> id << 3));
}

// @ts-ignore: decorator
@inline
export function stringBytes(id: u32): usize {
  return <usize> load<u32>(strings.at + (<usize> id << 3), 4);
}
