/** The few forms of Protocol Buffers that the requests of tests and benchmarks need. */
import { concat } from "../../kernel/twin/model.ts";

/** A field with a length: one byte of tag. */
export function field(tag: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(tag), varint(bytes.length), bytes]);
}

/** An unsigned number below 2^53. */
export function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...out, rest]);
}
