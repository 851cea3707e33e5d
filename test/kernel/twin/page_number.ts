/** Numbers in pages, the slow way: JavaScript's own, where the text has a form that Go knows. */
import { TwinRefusal } from "./page_model.ts";

export function readFloat(text: string): number {
  if (/^nan$/i.test(text)) return NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new TwinRefusal(text);
  const number = Number(text);
  if (!Number.isFinite(number)) throw new TwinRefusal(text);
  return number;
}

const UNDERSCORE = /(?<=[\da-f]|^[+-]?0x)_(?=[\da-f])/gi;
const DECIMAL_UNDERSCORE = /(?<=\d)_(?=\d)/g;

/** A bound may also be hexadecimal, and have underscores between digits. */
function readBound(text: string): number | undefined {
  const isHexadecimal = /^[+-]?0x/i.test(text);
  const plain = text.replaceAll(isHexadecimal ? UNDERSCORE : DECIMAL_UNDERSCORE, "");
  if (!isHexadecimal) {
    try {
      return readFloat(plain);
    } catch {
      return undefined;
    }
  }
  const found = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i.exec(plain);
  if (!found || `${found[2]}${found[3]}` === "") return undefined;
  const [, sign, whole = "", fraction = "", power] = found;
  // A whole number times a power of two, the power one by one: only the last division rounds.
  let number = BigInt(`0x${whole}${fraction}`);
  let exponent = Number(power) - 4 * fraction.length;
  if (number === 0n) return 0;
  if (Math.abs(exponent) > 5_000) return exponent < 0 ? 0 : undefined;
  for (; exponent > 0; exponent--) number *= 2n;
  const size = divided(number, 2n ** BigInt(-exponent));
  if (!Number.isFinite(size)) return undefined;
  return sign === "-" ? -size : size;
}

/** The double next to a fraction, and of two that are as near the even one. */
function divided(number: bigint, by: bigint): number {
  const steps = 1_200n;
  const shifted = (number << steps) / by;
  let unit = steps - 1_074n;
  while (shifted >> unit >= 2n ** 53n) unit++;
  const rest = shifted - ((shifted >> unit) << unit);
  const half = 1n << (unit - 1n);
  const isUp = rest > half || (rest === half && (shifted >> unit) % 2n === 1n);
  const mantissa = (shifted >> unit) + (isUp ? 1n : 0n);
  return Number(mantissa) * 2 ** -537 * 2 ** Number(unit - steps + 537n);
}

/** A bound as Prometheus writes it, from any form of it. */
export function writeFloat(text: string): string {
  const number = readBound(text);
  if (number === undefined) return text;
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number < 0 ? "-Inf" : "+Inf";
  const plain = number === 0 ? "0" : String(number);
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return number.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return plain.includes(".") ? plain : `${plain}.0`;
}
