/** Writes protobuf fields into buffers. */
import { append, Buffer, reserveMore } from "../bytes/memory";
import { writeVarint } from "../codec/protobuf";

/** Appends a length-delimited field to a buffer. Its tag takes one byte. */
export function appendField(to: Buffer, tag: u32, at: usize, bytes: usize): void {
  const head = reserveMore(to, bytes + 16);
  store<u8>(head, <u8> tag);
  to.length = writeVarint(head + 1, bytes) - to.at;
  append(to, at, bytes);
}
