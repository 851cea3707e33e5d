/**
 * A decimal number of many digits made a double, correctly rounded, for the few numbers
 * that number.ts has no short way for: the digits are halved and doubled until the number
 * lies between a half and one, and what was done to it is its exponent. Simple, exact and
 * bounded: digits beyond the 800th only say that there is more.
 */

const DIGITS_MAX: i32 = 800;
/** A shift by this much multiplies each digit within 64 bits. */
const SHIFT_MAX: i32 = 27;
/** No double has a larger decimal exponent, and none but 0 a smaller one. */
const POINT_MAX: i32 = 310;
const POINT_MIN: i32 = -330;

const digits: usize = memory.data(800);
/** Where a doubled number is put together, from its last digit on. */
const doubled: usize = memory.data(832);
const DOUBLED_BYTES: i32 = 832;

let count: i32 = 0;
/** Where the decimal point is, counted from the first digit. */
let point: i32 = 0;
/** Digits that are not 0 were left out behind the last. */
let hasMore: bool = false;

export function beginDecimal(): void {
  count = 0;
  point = 0;
  hasMore = false;
}

/** Adds a digit behind the others; zeros in front are for the caller to leave out. */
export function addDigit(digit: u32): void {
  if (count < DIGITS_MAX) store<u8>(digits + <usize> (count++), <u8> digit);
  else if (digit != 0) hasMore = true;
}

/** The bits of the number whose decimal point is so far behind its first digit; those of infinity if it is too large. */
export function decimalBits(pointAt: i32): u64 {
  trim();
  if (count == 0 || pointAt < POINT_MIN) return 0;
  if (pointAt > POINT_MAX) return INFINITY_BITS;
  point = pointAt;
  let exponent = 0;
  while (point > 0) {
    const by = bitsOf(point);
    halve(by);
    exponent += by;
  }
  while (point < 0 || (point == 0 && load<u8>(digits) < 5)) {
    const by = bitsOf(-point);
    double(by);
    exponent -= by;
  }
  // Doubles count from 1 to 2, not from a half to 1.
  exponent--;
  if (exponent < -1022) {
    let left = -1022 - exponent;
    exponent = -1022;
    for (; left > 0; left -= SHIFT_MAX) halve(min(left, SHIFT_MAX));
  }
  if (exponent > 1023) return INFINITY_BITS;
  double(SHIFT_MAX);
  double(53 - SHIFT_MAX);
  let mantissa = rounded();
  if (mantissa == (<u64> 1) << 53) {
    mantissa >>= 1;
    exponent++;
    if (exponent > 1023) return INFINITY_BITS;
  }
  // Below the smallest normal number the exponent stays, and the first bit is not there.
  const isNormal = (mantissa >> 52) != 0;
  return (<u64> (isNormal ? exponent + 1023 : 0) << 52) | (mantissa & 0x000f_ffff_ffff_ffff);
}

export const INFINITY_BITS: u64 = 0x7ff0_0000_0000_0000;

/** By how many bits a number with so many digits before its point may be shifted at once. */
function bitsOf(places: i32): i32 {
  return places >= 9 ? SHIFT_MAX : max(1, places * 3);
}

function trim(): void {
  while (count > 0 && load<u8>(digits + <usize> (count - 1)) == 0) count--;
  if (count == 0) point = 0;
}

/** Divides by a power of two. */
function halve(bits: i32): void {
  let read = 0;
  let number: u64 = 0;
  for (; (number >> <u64> bits) == 0; read++) {
    if (read < count) {
      number = number * 10 + <u64> load<u8>(digits + <usize> read);
      continue;
    }
    if (number == 0) {
      count = 0;
      return;
    }
    number *= 10;
  }
  point -= read - 1;
  const mask = ((<u64> 1) << <u64> bits) - 1;
  let written = 0;
  while (read < count || number != 0) {
    const digit = <u32> (number >> <u64> bits);
    if (written < DIGITS_MAX) store<u8>(digits + <usize> (written++), <u8> digit);
    else if (digit != 0) hasMore = true;
    number = (number & mask) * 10;
    if (read < count) number += <u64> load<u8>(digits + <usize> (read++));
  }
  count = written;
  trim();
}

/** Multiplies by a power of two. */
function double(bits: i32): void {
  let at = DOUBLED_BYTES;
  let number: u64 = 0;
  for (let i = count - 1; i >= 0 || number != 0; i--) {
    if (i >= 0) number += (<u64> load<u8>(digits + <usize> i)) << <u64> bits;
    const rest = number / 10;
    store<u8>(doubled + <usize> (--at), <u8> (number - rest * 10));
    number = rest;
  }
  const length = DOUBLED_BYTES - at;
  point += length - count;
  for (let i = DIGITS_MAX; i < length; i++) {
    if (load<u8>(doubled + <usize> (at + i)) != 0) hasMore = true;
  }
  count = min(length, DIGITS_MAX);
  memory.copy(digits, doubled + <usize> at, <usize> count);
  trim();
}

/** The number without what is behind its point, rounded to the nearest, and half to even. */
function rounded(): u64 {
  let number: u64 = 0;
  let i = 0;
  for (; i < point; i++) {
    number = number * 10 + (i < count ? <u64> load<u8>(digits + <usize> i) : 0);
  }
  if (point < 0 || point >= count) return number;
  const next = load<u8>(digits + <usize> point);
  if (next != 5 || point + 1 < count || hasMore) return next >= 5 ? number + 1 : number;
  return number + (number & 1);
}
