/** The numbers of Influx's line protocol. */

const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const TRUE = /^(?:t|T|true|True|TRUE)$/;
const FALSE = /^(?:f|F|false|False|FALSE)$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
/** A whole number with so many digits fits every type. */
const DIGITS_SAFE = 15;

/** The value of a field that is no string, as a sample has it; what is wrong with it, if it is none. */
export function fieldValue(text: string): number | string {
  if (FLOAT.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : "a number that a double can hold";
  }
  if (TRUE.test(text)) return 1;
  if (FALSE.test(text)) return 0;
  if (/^[-+]?\d+i$/.test(text)) return whole(text, INT64_MIN, INT64_MAX);
  if (/^\+?\d+u$/.test(text)) return whole(text, 0n, UINT64_MAX);
  return "a number, a boolean or a string in quotes";
}

function whole(text: string, min: bigint, max: bigint): number | string {
  const digits = text.slice(0, -1);
  if (digits.length > DIGITS_SAFE) {
    const value = BigInt(digits.replace(/^\+/, ""));
    if (value < min || value > max) return `a whole number from ${min} to ${max}`;
  }
  return Number(digits);
}

/** How many of a unit are a millisecond, or the milliseconds of one. */
export interface Precision {
  /** Digits at the end of a timestamp that are less than a millisecond. */
  readonly digitsBelow: number;
  readonly factorMs: number;
}

const NANOSECONDS: Precision = { digitsBelow: 6, factorMs: 1 };
const MICROSECONDS: Precision = { digitsBelow: 3, factorMs: 1 };

const PRECISIONS: ReadonlyMap<string, Precision> = new Map([
  ["", NANOSECONDS],
  ["n", NANOSECONDS],
  ["ns", NANOSECONDS],
  ["u", MICROSECONDS],
  ["us", MICROSECONDS],
  ["µ", MICROSECONDS],
  ["ms", { digitsBelow: 0, factorMs: 1 }],
  ["s", { digitsBelow: 0, factorMs: 1_000 }],
  ["m", { digitsBelow: 0, factorMs: 60_000 }],
  ["h", { digitsBelow: 0, factorMs: 3_600_000 }],
]);

/** The unit of timestamps, by its name in `precision`; undefined if there is none of that name. */
export function precisionOf(name: string): Precision | undefined {
  return PRECISIONS.get(name);
}

/** A timestamp in milliseconds, what is below cut off; undefined if it is none. */
export function timestampOf(text: string, precision: Precision): number | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const { digitsBelow, factorMs } = precision;
  const above = digitsBelow === 0 ? text : text.slice(0, -digitsBelow);
  // Of "-5" nothing may be left but the sign.
  const timestampMs = /\d/.test(above) ? Number(above) * factorMs : 0;
  return Number.isSafeInteger(timestampMs) ? timestampMs : undefined;
}
