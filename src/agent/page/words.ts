/** Numbers in words, for people. */

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** A duration as somebody would say it: in one unit, of which there are at least two (but for seconds). */
export function durationWords(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms > 0 && ms < 1_000) return "less than 1 s";
  const [unitMs, unit] = UNITS.find(([one]) => ms >= 2 * one) ?? UNITS.at(-1)!;
  return `${Math.round(ms / unitMs)} ${unit}`;
}

/** A duration that is a whole number of some unit, in the largest one. */
export function spanWords(durationMs: number): string {
  const [unitMs, unit] = UNITS.find(([one]) => durationMs % one === 0) ?? UNITS.at(-1)!;
  return `${durationMs / unitMs} ${unit}`;
}

const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes with three digits. */
export function bytesWords(bytes: number): string {
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 1_000 && unit < BYTES.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${digits(value)} ${BYTES[unit]}`;
}

const COUNTS = ["", "k", "M", "G", "T"];

/** A rate or a large number with three digits. */
export function countWords(count: number): string {
  let [value, unit] = [Math.max(0, count), 0];
  while (value >= 999.5 && unit < COUNTS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${digits(value)}${COUNTS[unit]}`;
}

/** A whole number, in groups of three. */
export function wholeWords(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function digits(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toPrecision(value >= 10 ? 3 : 2).replace(/\.0+$/, "");
}
