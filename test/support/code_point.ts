import fc from "fast-check";

const SURROGATES_FROM = 0xd800;
const SURROGATES = 0x800;

/**
 * One character of all that UTF-8 can have, as `fc.string({ unit: "binary" })` takes them.
 * That writes a table of all million of them when it is made, in each process that only
 * imports it: most of the CPU of a file with a few cases, and a hundred megabytes.
 */
export const codePoint: fc.Arbitrary<string> = fc.nat(0x10ffff - SURROGATES).map(
  (index) => String.fromCodePoint(index < SURROGATES_FROM ? index : index + SURROGATES),
  indexOf,
);

/** The way back, by which fast-check can put in names that have harmed others. */
function indexOf(character: unknown): number {
  const code = typeof character === "string" ? character.codePointAt(0) : undefined;
  if (code === undefined || character !== String.fromCodePoint(code)) {
    throw new Error(`got ${JSON.stringify(character)}, expected one character`);
  }
  if (code < SURROGATES_FROM) return code;
  if (code >= SURROGATES_FROM + SURROGATES) return code - SURROGATES;
  throw new Error(`got the surrogate ${code.toString(16)}, expected a whole character`);
}
