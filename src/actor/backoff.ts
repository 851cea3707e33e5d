/** The wait before attempt `failures + 1`: doubles from `firstMs`, never above `maxMs`. */
export function backoffMs(failures: number, firstMs: number, maxMs: number): number {
  // 2 ** 1024 is Infinity, which min() bounds like any other.
  return Math.min(maxMs, firstMs * 2 ** failures);
}
