/**
 * The values of `le` and `quantile` as Prometheus 3 writes them, so that "1" and "1.0" are
 * one series (model/textparse, normalizeFloatsInLabelValues; model/labels,
 * FormatOpenMetricsFloat). What Go reads besides, hexadecimal numbers and underscores,
 * stays as it came: no exporter writes bounds so.
 */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
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
  const number = DECIMAL.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

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
