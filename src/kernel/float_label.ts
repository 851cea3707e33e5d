/**
 * The values of `le` and `quantile` as Prometheus 3 writes them, so that "1" and "1.0" are
 * one series (model/textparse, normalizeFloatsInLabelValues; model/labels,
 * FormatOpenMetricsFloat). They are read as Go reads them, who also knows hexadecimal numbers
 * and digits that underscores part.
 */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const UNDERSCORES =
  /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const HEXADECIMAL = new RegExp(
  "^([+-]?)0x(?:_?(D)(?:\\.(D)?)?|\\.(D))p([+-]?\\d+(?:_\\d+)*)$".replaceAll(
    "D",
    "[\\da-f]+(?:_[\\da-f]+)*",
  ),
  "i",
);
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const NOT_A_NUMBER = /^nan$/i;

/** From this exponent on, and below -4, Go's format 'g' writes one. */
const EXPONENT_FROM = 6;

/** The value as Prometheus writes it; as it came, if it is no number. */
export function normalFloat(text: string): string {
  const number = numberIn(text);
  return number === undefined ? text : formatFloat(number);
}

function numberIn(text: string): number | undefined {
  if (NOT_A_NUMBER.test(text)) return NaN;
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  const number = DECIMAL.test(text) ? Number(text) : rareNumber(text);
  return Number.isFinite(number) ? number : undefined;
}

function rareNumber(text: string): number {
  if (UNDERSCORES.test(text)) return Number(text.replaceAll("_", ""));
  const found = HEXADECIMAL.exec(text);
  if (!found) return NaN;
  const [sign, whole, behind, alone, power] = found.slice(1)
    .map((part = "") => part.replaceAll("_", ""));
  const fraction = `${behind}${alone}`;
  const size = twoPower(BigInt(`0x${whole}${fraction}`), Number(power) - 4 * fraction.length);
  return sign === "-" ? -size : size;
}

/** `mantissa * 2 ** exponent`, the nearest double to it. */
function twoPower(mantissa: bigint, exponent: number): number {
  const bits = mantissa.toString(2).length;
  if (mantissa === 0n || bits + exponent < SMALLEST_EXPONENT) return 0;
  if (bits + exponent > LARGEST_EXPONENT) return Infinity;
  if (exponent >= 0) return Number(mantissa << BigInt(exponent));
  // As many bits as the double has at most; the last one stands for all that are cut off.
  const cut = Math.max(0, Math.min(-exponent, bits - KEPT_BITS));
  const top = mantissa >> BigInt(cut);
  const hasRest = top << BigInt(cut) !== mantissa;
  const steps = exponent + cut;
  const scaled = Number(hasRest ? top | 1n : top);
  return steps < -1000 ? scaled * 2 ** -1000 * 2 ** (steps + 1000) : scaled * 2 ** steps;
}

const KEPT_BITS = 64;
const SMALLEST_EXPONENT = -1080;
const LARGEST_EXPONENT = 1024;

/** The shortest digits that are this number, with a point or an exponent. */
export function formatFloat(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "+Inf" : "-Inf";
  if (number === 0) return "0.0";
  const [digits = "", power = ""] = number.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= EXPONENT_FROM) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const plain = String(number);
  return plain.includes(".") ? plain : `${plain}.0`;
}
