/**
 * Letter case as Go's `strings.ToLower` and `ToUpper` have it: each character on its
 * own and one for one. JavaScript looks at what is around a character (a sigma at the
 * end of a word) and makes several of some (of ß it makes SS).
 */

/** The simple mappings of characters for which JavaScript has more than one (UnicodeData, of those in SpecialCasing). */
const SIMPLE_UPPER: ReadonlyMap<number, number> = new Map([
  ...[0x1f80, 0x1f90, 0x1fa0].flatMap((first) =>
    Array.from({ length: 8 }, (_, i): [number, number] => [first + i, first + i + 8])
  ),
  [0x1fb3, 0x1fbc],
  [0x1fc3, 0x1fcc],
  [0x1ff3, 0x1ffc],
]);
const SIMPLE_LOWER: ReadonlyMap<number, number> = new Map([[0x130, 0x69]]);

export function toLower(text: string): string {
  return eachOf(text, (one) => one.toLowerCase(), SIMPLE_LOWER);
}

export function toUpper(text: string): string {
  return eachOf(text, (one) => one.toUpperCase(), SIMPLE_UPPER);
}

function eachOf(
  text: string,
  map: (text: string) => string,
  simple: ReadonlyMap<number, number>,
): string {
  if (/^[\0-\x7f]*$/.test(text)) return map(text);
  let mapped = "";
  for (const one of text) {
    const other = map(one);
    const code = one.codePointAt(0)!;
    if (String.fromCodePoint(other.codePointAt(0)!) === other) mapped += other;
    else mapped += String.fromCodePoint(simple.get(code) ?? code);
  }
  return mapped;
}
