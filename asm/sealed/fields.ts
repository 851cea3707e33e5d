/** Fields that are put together in buffers. */
import { append, Buffer, reserveMore } from "../bytes/memory";
import { writeVarint } from "../codec/protobuf";

/** Puts a field of bytes behind what a buffer holds; its tag is one byte. */
export function appendField(to: Buffer, tag: u32, at: usize, bytes: usize): void {
  const head = reserveMore(to, bytes + 16);
  store<u8>(head, <u8> tag);
  to.length = writeVarint(head + 1, bytes) - to.at;
  append(to, at, bytes);
}
