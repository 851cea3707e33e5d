import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/**
 * What the kernel tells as words and texts that follow each other, one by one. All texts
 * are decoded at once: nearly always a byte of them is a character. Of use until the next
 * call of the kernel.
 */
export class KernelTexts {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** All texts; undefined where a character may have more bytes than one. */
  readonly #texts: string | undefined;
  // A text may begin with what others take for a mark of the byte order.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #wordAt: number;
  #textAt = 0;

  constructor(instance: KernelInstance) {
    this.#words = instance.words();
    this.#wordAt = instance.slot(layout.SLOT_ASKED_WORDS_AT) >> 2;
    const at = instance.slot(layout.SLOT_ASKED_TEXTS_AT);
    const length = instance.slot(layout.SLOT_ASKED_TEXT_BYTES);
    this.#bytes = instance.bytes().subarray(at, at + length);
    const texts = this.#decoder.decode(this.#bytes);
    if (texts.length === length) this.#texts = texts;
  }

  /** The next word. */
  word(): number {
    return this.#words[this.#wordAt++]!;
  }

  /** The next text, which has so many bytes. */
  text(bytes: number): string {
    const at = this.#textAt;
    this.#textAt += bytes;
    if (this.#texts !== undefined) return this.#texts.slice(at, at + bytes);
    return this.#decoder.decode(this.#bytes.subarray(at, at + bytes));
  }
}
