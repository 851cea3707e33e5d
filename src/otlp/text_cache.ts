/** Short texts in ASCII that came before: names of attributes come with every point. */

const SLOTS = 1_024;
const HASH_PRIME = 0x01000193;

/** One text in each of its places, the one that came last: bounded by what short texts are. */
export class TextCache {
  readonly #texts = new Array<string | undefined>(SLOTS).fill(undefined);

  /** The text that bytes are; undefined where they are not ASCII alone. */
  of(bytes: Uint8Array, start: number, end: number): string | undefined {
    let hash = 0;
    for (let at = start; at < end; at++) {
      const code = bytes[at]!;
      if (code >= 0x80) return undefined;
      hash = Math.imul(hash ^ code, HASH_PRIME);
    }
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#texts[slot];
    if (known !== undefined && isSame(known, bytes, start, end)) return known;
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
    this.#texts[slot] = text;
    return text;
  }
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== bytes[start + at]) return false;
  }
  return true;
}
