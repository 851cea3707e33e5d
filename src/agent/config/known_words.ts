import { BLOCKS } from "./file.ts";

/** The words that keys are made of. What somebody wrote in the place of a key can be a secret, and is none of them. */
const WORDS: ReadonlySet<string> = new Set(
  BLOCKS.flatMap(({ keys, blocks, prometheus: { accepted = {}, unsupported = {} } }) => [
    ...keys.keys(),
    ...blocks.keys(),
    ...Object.keys(accepted),
    ...Object.keys(unsupported),
  ]).flatMap((key) => key.split("_")),
);

/** It may be shown: it is made of the words of the file's keys, whether there is such a key or not. */
export function hasKnownWords(key: string): boolean {
  return key.split("_").every((word) => WORDS.has(word));
}

/** Maps whose keys are the user's own words. */
const OWN_NAMES: ReadonlySet<unknown> = new Set(
  BLOCKS.flatMap(({ keys, blocks }) => [
    ...[...keys].filter(([, { row }]) => row.kind.written === "texts").map(([key]) => key),
    ...[...blocks].filter(([, { is }]) => is?.shape === "named blocks").map(([key]) => key),
  ]),
);

/** What is in this map has names of the user's own. */
export function hasOwnNames(key: unknown): boolean {
  return OWN_NAMES.has(key);
}

/** A name of the user's own, such as that of a header or a label, that may be shown where a map has such names. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name);
}

/** How a key that is none may have come about. */
export function hintOf(key: string): string {
  return key.includes(":") ? "; is a space missing after the colon?" : "";
}
