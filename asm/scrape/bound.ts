/**
 * Upper bounds of buckets, which Prometheus reads as Go does (strconv.ParseFloat): beside the
 * numbers of samples (number.ts) hexadecimal ones, and digits that underscores part.
 */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { isDigit } from "./label_text";
import { NUMBER_READ, numberBits, numberEnd, readNumber, roundedBits } from "./number";

const plain: Buffer = createBuffer();

/** The bound that was read last. */
export let bound: f64 = 0;

/** Reads a text that is a bound from end to end. Returns false if it is none. */
export function readBound(at: usize, bytes: usize): bool {
  if (readNumber(at) == NUMBER_READ && numberEnd == at + bytes) {
    bound = reinterpret<f64>(numberBits);
    return true;
  }
  if (bytes == 0 || !copyPlain(at, bytes)) return false;
  const start = plain.at;
  const end = start + plain.length - 1;
  const digitsAt = start + (isSign(load<u8>(start)) ? 1 : 0);
  if (load<u8>(digitsAt) == 0x30 && (load<u8>(digitsAt, 1) | 0x20) == 0x78) {
    if (!readHexadecimal(digitsAt + 2, end)) return false;
    if (load<u8>(start) == 0x2d) bound = -bound;
    return true;
  }
  if (readNumber(start) != NUMBER_READ || numberEnd != end) return false;
  bound = reinterpret<f64>(numberBits);
  return true;
}

function isSign(byte: u32): bool {
  return byte == 0x2d || byte == 0x2b;
}

// @ts-ignore: decorator
@inline
function digitOf(byte: u32): u32 {
  if (isDigit(byte)) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

/** Copies a text without its underscores and with a byte of 0 behind it. Returns false if one is not between digits; what "0x" and the like begin with counts as one. */
function copyPlain(at: usize, bytes: usize): bool {
  const end = at + bytes;
  let to = reserve(plain, bytes + 8);
  let isBehindDigit = false;
  let isBehindUnderscore = false;
  let isHexadecimal = false;
  const digitsAt = at + (isSign(load<u8>(at)) ? 1 : 0);
  for (; at < end; at++) {
    const byte = <u32> load<u8>(at);
    if (byte == 0x5f) {
      if (!isBehindDigit) return false;
      isBehindDigit = false;
      isBehindUnderscore = true;
      continue;
    }
    const low = byte | 0x20;
    const isPrefix = at == digitsAt + 1 && load<u8>(digitsAt) == 0x30 && (low == 0x62 || low == 0x6f || low == 0x78);
    if (isPrefix && low == 0x78) isHexadecimal = true;
    const isOne = isPrefix || digitOf(byte) < <u32> (isHexadecimal ? 16 : 10);
    if (isBehindUnderscore && !isOne) return false;
    isBehindUnderscore = false;
    isBehindDigit = isOne;
    store<u8>(to++, <u8> byte);
  }
  store<u64>(to, 0);
  plain.length = to + 1 - plain.at;
  return !isBehindUnderscore;
}

/** No exponent is counted beyond this. */
const EXPONENT_MAX: i32 = 10_000;

/** Reads digits, perhaps with a point, and an exponent of two. */
function readHexadecimal(at: usize, end: usize): bool {
  let mantissa: u64 = 0;
  let hasRest = false;
  let exponent: i64 = 0;
  let pointAt: usize = 0;
  let count = 0;
  for (; at < end; at++) {
    const byte = <u32> load<u8>(at);
    if (byte == 0x2e && pointAt == 0) {
      pointAt = at;
      continue;
    }
    const digit = digitOf(byte);
    if (digit > 15) break;
    count++;
    if (mantissa >> 60 == 0) {
      mantissa = mantissa << 4 | <u64> digit;
      if (pointAt != 0) exponent -= 4;
    } else {
      hasRest = hasRest || digit != 0;
      if (pointAt == 0) exponent += 4;
    }
  }
  if (count == 0 || at >= end || (load<u8>(at) | 0x20) != 0x70) return false;
  at++;
  const isDown = load<u8>(at) == 0x2d;
  if (isSign(load<u8>(at))) at++;
  if (at >= end) return false;
  let power = 0;
  for (; at < end; at++) {
    if (!isDigit(load<u8>(at))) return false;
    if (power < EXPONENT_MAX) power = power * 10 + <i32> (load<u8>(at) - 0x30);
  }
  bound = 0;
  if (mantissa == 0) return true;
  exponent += isDown ? -power : power;
  bound = scaled(reinterpret<f64>(roundedBits(mantissa, hasRest, 0)), exponent);
  return bound != Infinity;
}

/** A number times a power of two, in steps that are doubles. */
function scaled(number: f64, exponent: i64): f64 {
  for (; exponent > 1000 && number != Infinity; exponent -= 1000) number *= reinterpret<f64>(<u64> (1000 + 1023) << 52);
  for (; exponent < -1000 && number != 0; exponent += 1000) number *= reinterpret<f64>(<u64> (1023 - 1000) << 52);
  if (exponent < -1000 || exponent > 1000) return number;
  return number * reinterpret<f64>(<u64> (exponent + 1023) << 52);
}
