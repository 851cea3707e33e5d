/** Compares what a page says with what is remembered, sixteen bytes at a time: on most pages most bytes go through here. */

/** Whether two runs of bytes are the same; may read up to 15 bytes past their ends. */
// @ts-ignore: decorator
@inline
export function areAlike(a: usize, b: usize, bytes: usize): bool {
  let i: usize = 0;
  while (i + 16 <= bytes) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
    i += 16;
  }
  const left = bytes - i;
  if (left == 0) return true;
  const equal = i8x16.eq(v128.load(a + i), v128.load(b + i));
  const wanted = ((<u32> 1) << <u32> left) - 1;
  return ((<u32> i8x16.bitmask(equal)) & wanted) == wanted;
}

/** Where the line at `at` ends: its line feed, or `end`. May read up to 15 bytes past it. */
export function lineEnd(at: usize, end: usize): usize {
  const feed = i8x16.splat(0x0a);
  while (at < end) {
    const found = <u32> i8x16.bitmask(i8x16.eq(v128.load(at), feed));
    if (found != 0) return min(end, at + <usize> ctz(found));
    at += 16;
  }
  return end;
}
