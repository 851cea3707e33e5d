/** Signed numbers as unsigned ones, small where they are near 0. */

// @ts-ignore: decorator
@inline
export function zigzag(value: i64): u64 {
  return <u64> ((value << 1) ^ (value >> 63));
}

// @ts-ignore: decorator
@inline
export function unzigzag(value: u64): i64 {
  return <i64> ((value >> 1) ^ (0 - (value & 1)));
}
