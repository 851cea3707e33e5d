/**
 * Timestamps in another unit than milliseconds, as senders take them from clocks
 * that count seconds or nanoseconds. Times of 1973 to 2286 are told apart by their size.
 */

/** No timestamp in milliseconds is later (the year 5138): one that is has another unit. */
export const TIMESTAMP_MS_MAX: number = 1e14 - 1;

/** Units that are mistaken for milliseconds, and in which a timestamp of our time is at least and less than. */
const UNITS: readonly (readonly [unit: string, min: number, end: number])[] = [
  ["seconds", 1e8, 1e10],
  ["microseconds", 1e14, 1e16],
  ["nanoseconds", 1e17, 1e19],
];

/** The unit that a timestamp was given in, if it is clearly not milliseconds. */
export function mistakenUnit(timestampMs: number): string | undefined {
  return UNITS.find(([, min, end]) => timestampMs >= min && timestampMs < end)?.[0];
}

/** What is wrong with a timestamp that is no time in milliseconds, behind the word "timestamp"; undefined when nothing is. */
export function unitFault(timestampMs: number): string | undefined {
  const unit = mistakenUnit(timestampMs);
  if (unit !== undefined) {
    return `${timestampMs} looks like ${unit}, expected milliseconds`;
  }
  if (!(timestampMs > TIMESTAMP_MS_MAX)) return undefined;
  return `${timestampMs} is no time in milliseconds, expected at most ${TIMESTAMP_MS_MAX}`;
}
