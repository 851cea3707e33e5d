/**
 * Numbers as Go reads them (strconv.ParseFloat), but for the forms that Prometheus refuses
 * (hexadecimal, underscores), correctly rounded. Nearly all have at most 19 digits and a
 * small exponent: these are exact in 128 bits. The others go to decimal.ts.
 */
import { addDigit, beginDecimal, decimalBits, INFINITY_BITS } from "./decimal";

/** What Go's ParseFloat makes of "NaN", which is Prometheus's NormalNaN. */
export const NAN_BITS: u64 = 0x7ff8_0000_0000_0001;
const SIGN_BIT: u64 = 0x8000_0000_0000_0000;

/** What a reader of numbers answers. */
export const NUMBER_READ: i32 = 0;
export const NUMBER_NONE: i32 = 1;
export const NUMBER_RANGE: i32 = 2;

/** The number that was read last, and where it ends. */
export let numberBits: u64 = 0;
export let numberEnd: usize = 0;

/** A mantissa up to this is exact as a double. */
const EXACT_MAX: u64 = (1 << 53) - 1;
const EXACT_POWER_MAX: i32 = 22;
/** The largest power of five that has 64 bits. */
const FIVES_MAX: i32 = 27;
const DIGITS_MAX: i32 = 19;
/** Exponents are not counted beyond this: no number is so long that it comes back from there. */
const EXPONENT_MAX: i32 = 1 << 30;

const tens: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);
const fives: usize = memory.data(224, 8);
let hasFives: bool = false;

function fill(): void {
  hasFives = true;
  let power: u64 = 1;
  for (let i = 0; i <= FIVES_MAX; i++) {
    store<u64>(fives + (<usize> i << 3), power);
    power *= 5;
  }
}

/**
 * Reads the number at `at` into `numberBits` and `numberEnd`, up to the first byte that does
 * not go on with it: whether one may stand there is for the caller to say. A byte that is
 * none of a number must follow the input.
 */
export function readNumber(at: usize): i32 {
  const start = at;
  let byte = <u32> load<u8>(at);
  const isNegative = byte == 0x2d;
  if (isNegative || byte == 0x2b) byte = <u32> load<u8>(++at);
  const first = at;
  let mantissa: u64 = 0;
  // Digits from the first that is not 0 on, and where the point is.
  let count = 0;
  let places = 0;
  let pointAt: usize = 0;
  while (true) {
    const digit = byte - 0x30;
    if (digit < 10) {
      if (count < DIGITS_MAX) mantissa = mantissa * 10 + <u64> digit;
      if (mantissa != 0) count++;
      if (pointAt != 0) places++;
    } else if (byte == 0x2e && pointAt == 0) {
      pointAt = at;
    } else break;
    byte = <u32> load<u8>(++at);
  }
  if (at - first == (pointAt == 0 ? 0 : <usize> 1)) return readSpecial(start, first, isNegative);
  const digitsEnd = at;
  let exponent = 0;
  if ((byte | 0x20) == 0x65) {
    byte = <u32> load<u8>(++at);
    const isDown = byte == 0x2d;
    if (isDown || byte == 0x2b) byte = <u32> load<u8>(++at);
    const exponentAt = at;
    for (; byte - 0x30 < 10; byte = <u32> load<u8>(++at)) {
      if (exponent < EXPONENT_MAX / 16) exponent = exponent * 10 + <i32> (byte - 0x30);
    }
    if (at == exponentAt) return none(start);
    if (isDown) exponent = -exponent;
  }
  numberEnd = at;
  const bits = bitsOf(mantissa, count, exponent - places, first, digitsEnd);
  numberBits = isNegative ? bits | SIGN_BIT : bits;
  return bits == INFINITY_BITS ? NUMBER_RANGE : NUMBER_READ;
}

function bitsOf(mantissa: u64, count: i32, power: i32, first: usize, end: usize): u64 {
  if (mantissa == 0) return 0;
  if (count <= DIGITS_MAX) {
    if (mantissa <= EXACT_MAX && power >= -EXACT_POWER_MAX && power <= EXACT_POWER_MAX) {
      const value = <f64> mantissa;
      const ten = load<f64>(tens + (<usize> abs(power) << 3));
      return reinterpret<u64>(power < 0 ? value / ten : value * ten);
    }
    if (power >= -FIVES_MAX && power <= FIVES_MAX) {
      if (!hasFives) fill();
      return power < 0 ? divided(mantissa, -power) : multiplied(mantissa, power);
    }
  }
  beginDecimal();
  let isLeading = true;
  for (let at = first; at < end; at++) {
    const digit = <u32> load<u8>(at) - 0x30;
    if (digit > 9 || (digit == 0 && isLeading)) continue;
    isLeading = false;
    addDigit(digit);
  }
  return decimalBits(count + power);
}

/** `mantissa * 10 ^ power`, exact in 128 bits and then rounded. */
function multiplied(mantissa: u64, power: i32): u64 {
  const five = load<u64>(fives + (<usize> power << 3));
  const a = mantissa & 0xffff_ffff;
  const b = mantissa >> 32;
  const c = five & 0xffff_ffff;
  const d = five >> 32;
  const low = a * c;
  const middle = b * c + (low >> 32);
  const other = a * d + (middle & 0xffff_ffff);
  const high = b * d + (middle >> 32) + (other >> 32);
  const rest = (other << 32) | (low & 0xffff_ffff);
  if (high == 0) return roundedBits(rest, false, power);
  const shift = clz(high);
  if (shift == 0) return roundedBits(high, rest != 0, power + 64);
  const top = (high << shift) | (rest >> (64 - shift));
  return roundedBits(top, (rest << shift) != 0, power + 64 - <i32> shift);
}

/** `mantissa / 10 ^ power`: the first 62 bits or more of the quotient, and whether there is a rest. */
function divided(mantissa: u64, power: i32): u64 {
  const five = load<u64>(fives + (<usize> power << 3));
  const byShift = clz(five);
  const divisor = five << byShift;
  const shift = clz(mantissa);
  const top = mantissa << shift;
  // One bit down, so that the quotient has 64 bits at most.
  const quotient = divide(top >> 1, top << 63, divisor);
  const exponent = <i32> byShift - <i32> shift + 1 - 64 - power;
  return roundedBits(quotient, remainder != 0, exponent);
}

let remainder: u64 = 0;

/** 128 bits by 64, of which the first is set: two digits of 32 bits, each guessed and corrected. */
function divide(high: u64, low: u64, divisor: u64): u64 {
  const first = divisor >> 32;
  const second = divisor & 0xffff_ffff;
  const upper = guess(high, low >> 32, first, second);
  const rest = (high << 32) + (low >> 32) - upper * divisor;
  const lower = guess(rest, low & 0xffff_ffff, first, second);
  remainder = (rest << 32) + (low & 0xffff_ffff) - lower * divisor;
  return (upper << 32) + lower;
}

function guess(high: u64, next: u64, first: u64, second: u64): u64 {
  let digit = high / first;
  let rest = high - digit * first;
  while ((digit >> 32) != 0 || digit * second > ((rest << 32) | next)) {
    digit--;
    rest += first;
    if ((rest >> 32) != 0) break;
  }
  return digit;
}

/** The bits of `number * 2 ^ exponent` and a little more if there is a rest, to the nearest, and half to even. */
export function roundedBits(number: u64, hasRest: bool, exponent: i32): u64 {
  const shift = clz(number);
  const top = number << shift;
  exponent -= <i32> shift;
  let mantissa = top >> 11;
  const low = top & 0x7ff;
  if (low > 0x400 || (low == 0x400 && (hasRest || (mantissa & 1) != 0))) mantissa++;
  if ((mantissa >> 53) != 0) {
    mantissa >>= 1;
    exponent++;
  }
  return ((<u64> (exponent + 11 + 52 + 1023)) << 52) | (mantissa & 0x000f_ffff_ffff_ffff);
}

/** The names of what is no number, in any case: "inf" or "infinity" with a sign or not, and "nan" without one. */
function readSpecial(start: usize, at: usize, isNegative: bool): i32 {
  const word = wordAt(at) & 0xff_ffff;
  if (word == NAN_WORD && at == start) {
    numberBits = NAN_BITS;
    numberEnd = at + 3;
    return NUMBER_READ;
  }
  if (word != INF_WORD) return none(start);
  numberBits = isNegative ? INFINITY_BITS | SIGN_BIT : INFINITY_BITS;
  const isLong = wordAt(at + 3) == INIT_WORD && (load<u8>(at, 7) | 0x20) == 0x79;
  numberEnd = at + (isLong ? 8 : 3);
  return NUMBER_READ;
}

const NAN_WORD: u32 = 0x6e_61_6e;
const INF_WORD: u32 = 0x66_6e_69;
const INIT_WORD: u32 = 0x74_69_6e_69;

/** Four letters, made small. What is no letter becomes none. */
// @ts-ignore: decorator
@inline
function wordAt(at: usize): u32 {
  return load<u32>(at) | 0x20202020;
}

function none(at: usize): i32 {
  numberEnd = at;
  return NUMBER_NONE;
}
