/** Fields that are put together in buffers. */
import { Buffer, reserveMore } from "../bytes/memory";
import { writeVarint } from "../codec/protobuf";

/** Puts bytes behind what a buffer holds. */
export function append(to: Buffer, at: usize, bytes: usize): void {
  memory.copy(reserveMore(to, bytes), at, bytes);
  to.length += bytes;
}

/** The same, as a field of bytes; its tag is one byte. */
export function appendField(to: Buffer, tag: u32, at: usize, bytes: usize): void {
  const head = reserveMore(to, bytes + 16);
  store<u8>(head, <u8> tag);
  to.length = writeVarint(head + 1, bytes) - to.at;
  append(to, at, bytes);
}
