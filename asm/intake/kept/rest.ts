/**
 * Decides whether looking for kept sets pays. Where most series are new, each look is a
 * loss. So after a stretch with little success the writer stops looking, and tries again
 * for a short while now and then.
 */

/** The first stretch is this long, because all series of the first scrape are new. */
const PATIENCE_SERIES: u32 = 65536;
const TRIAL_SERIES: u32 = 1024;
const REST_SERIES: u32 = 15 * 1024;
/**
 * At least one series in this many must be known. A look in vain costs about half of what
 * a success gains.
 */
const KNOWN_SHARE: u32 = 4;

/** Whether sets are looked for, and kept. */
export let isLooking: bool = true;

let stretch: u32 = PATIENCE_SERIES;
let series: u32 = 0;
let known: u32 = 0;

// @ts-ignore: decorator
@inline
export function countSeries(isKnown: bool): void {
  series++;
  known += <u32> isKnown;
}

/** To be called between requests. */
export function reviewLooking(): void {
  if (series < stretch) return;
  isLooking = !isLooking || known * KNOWN_SHARE >= series;
  stretch = isLooking ? TRIAL_SERIES : REST_SERIES;
  series = 0;
  known = 0;
}
