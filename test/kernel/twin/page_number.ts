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

/** A bound as Prometheus writes it, from any form of it. */
export function writeFloat(text: string): string {
  let number: number;
  try {
    number = readFloat(text);
  } catch {
    return text;
  }
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number < 0 ? "-Inf" : "+Inf";
  const plain = number === 0 ? "0" : String(number);
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return number.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return plain.includes(".") ? plain : `${plain}.0`;
}
