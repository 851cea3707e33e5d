/**
 * The contents of test/fixtures/zstd, made again by numbers that depend on the
 * name alone. The files were written by the program `zstd`; see the README there.
 */
import { diceOf } from "../hostile/mutate.ts";

/** Every file, and what it decompresses to. */
export const ZSTD_SAMPLES: ReadonlyMap<string, () => Uint8Array> = new Map([
  ["empty", () => new Uint8Array()],
  ["one_byte", () => Uint8Array.of(65)],
  ["zeros", () => new Uint8Array(300_000)],
  ["noise", () => bytesOf(1_500, (dice) => dice() * 256)],
  ["skewed", () => bytesOf(9_000, (dice) => cube(dice()) * 40)],
  ["words_fast", () => words(40_000)],
  ["words_best", () => words(200_000)],
  ["words_streamed", () => words(20_000)],
  ["words_checked", () => words(3_000)],
  ["far", far],
]);

/** Not `**`: engines round it differently. */
function cube(value: number): number {
  return value * value * value;
}

function bytesOf(length: number, byte: (dice: () => number) => number): Uint8Array {
  const dice = diceOf(length);
  return Uint8Array.from({ length }, () => byte(dice));
}

/** Few words, some often: literals, matches near and far, tables that are used again. */
function words(length: number): Uint8Array {
  const dice = diceOf(7);
  const known = Array.from({ length: 60 }, () => Math.floor(dice() * 1e9).toString(36));
  let text = "";
  while (text.length < length) text += known[Math.floor(cube(dice()) * 60)] + " ";
  return new TextEncoder().encode(text.slice(0, length));
}

/** Noise that comes again after 300,000 bytes. */
function far(): Uint8Array {
  const bytes = new Uint8Array(310_000);
  const noise = bytesOf(1_000, (dice) => dice() * 256);
  bytes.set(noise, 10);
  bytes.set(noise, 305_000);
  return bytes;
}
