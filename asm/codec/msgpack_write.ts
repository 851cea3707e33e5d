/**
 * Writes MessagePack in the forms that Go's tinylib/msgp chooses. Each function returns
 * the position after what it wrote.
 */
import { writeText } from "../bytes/texts";

// @ts-ignore: decorator
@inline
export function writeUint(to: usize, value: u64): usize {
  if (value < 0x80) {
    store<u8>(to, <u8> value);
    return to + 1;
  }
  return writeLongUint(to, value);
}

function writeLongUint(to: usize, value: u64): usize {
  if (value <= 0xff) {
    store<u16>(to, <u16> (0xcc | (<u32> value << 8)));
    return to + 2;
  }
  if (value <= 0xffff) {
    store<u8>(to, 0xcd);
    store<u16>(to, bswap<u16>(<u16> value), 1);
    return to + 3;
  }
  if (value <= 0xffffffff) {
    store<u8>(to, 0xce);
    store<u32>(to, bswap<u32>(<u32> value), 1);
    return to + 5;
  }
  store<u8>(to, 0xcf);
  store<u64>(to, bswap<u64>(value), 1);
  return to + 9;
}

/** Writes a signed number. Like msgp, it uses a signed form for numbers from 128 on, too. */
export function writeInt(to: usize, value: i64): usize {
  if (value >= -32 && value <= i8.MAX_VALUE) {
    store<u8>(to, <u8> value);
    return to + 1;
  }
  if (value >= i8.MIN_VALUE && value < 0) {
    store<u8>(to, 0xd0);
    store<u8>(to, <u8> value, 1);
    return to + 2;
  }
  if (value == <i64> (<i16> value)) {
    store<u8>(to, 0xd1);
    store<u16>(to, bswap<u16>(<u16> value), 1);
    return to + 3;
  }
  if (value == <i64> (<i32> value)) {
    store<u8>(to, 0xd2);
    store<u32>(to, bswap<u32>(<u32> value), 1);
    return to + 5;
  }
  store<u8>(to, 0xd3);
  store<u64>(to, bswap<u64>(<u64> value), 1);
  return to + 9;
}

/** Writes a double, given as its bits. */
// @ts-ignore: decorator
@inline
export function writeDouble(to: usize, bits: u64): usize {
  store<u8>(to, 0xcb);
  store<u64>(to, bswap<u64>(bits), 1);
  return to + 9;
}

export function writeArrayHeader(to: usize, count: u32): usize {
  if (count < 16) {
    store<u8>(to, <u8> (0x90 | count));
    return to + 1;
  }
  if (count <= 0xffff) {
    store<u8>(to, 0xdc);
    store<u16>(to, bswap<u16>(<u16> count), 1);
    return to + 3;
  }
  store<u8>(to, 0xdd);
  store<u32>(to, bswap<u32>(count), 1);
  return to + 5;
}

/** Writes a text of at most 31 ASCII characters. */
export function writeFixString(to: usize, text: string): usize {
  store<u8>(to, <u8> (0xa0 | text.length));
  return writeText(to + 1, text);
}

export function writeBinHeader(to: usize, bytes: u32): usize {
  if (bytes <= 0xff) {
    store<u16>(to, <u16> (0xc4 | (bytes << 8)));
    return to + 2;
  }
  if (bytes <= 0xffff) {
    store<u8>(to, 0xc5);
    store<u16>(to, bswap<u16>(<u16> bytes), 1);
    return to + 3;
  }
  store<u8>(to, 0xc6);
  store<u32>(to, bswap<u32>(bytes), 1);
  return to + 5;
}
