import type { LabelPair } from "../contracts.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/**
 * The strings of the batch that a reader has at hand, as texts: each is decoded once,
 * and one that comes out of the rules as it went in keeps its number. Of use until the
 * next call of the kernel.
 */
export class BatchStrings {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #idsAt: number;
  readonly #stringsAt: number;
  readonly #firstNew: number;
  readonly #texts = new Map<number, string>();
  readonly #ids = new Map<string, number>();
  // A text may begin with what others take for a mark of the byte order.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  /** Texts that the batch did not have, in UTF-8, by their numbers. */
  readonly newTexts: Uint8Array[] = [];
  /** Bytes of all of them. */
  newBytes = 0;

  constructor(instance: KernelInstance) {
    this.#words = instance.words();
    this.#bytes = instance.bytes();
    this.#idsAt = instance.slot(layout.SLOT_LABEL_IDS_AT) >> 2;
    this.#stringsAt = instance.slot(layout.SLOT_STRINGS_AT) >> 2;
    this.#firstNew = instance.slot(layout.SLOT_STRING_COUNT);
  }

  /** Labels by where their ids begin, counted in ids. */
  labelsAt(labels: number, count: number): LabelPair[] {
    const names = this.#idsAt + labels;
    return Array.from({ length: count }, (_, i): LabelPair => {
      return [this.textOf(this.#words[names + i]!), this.textOf(this.#words[names + count + i]!)];
    });
  }

  /** The string with this number. */
  textOf(id: number): string {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const at = this.#words[this.#stringsAt + 2 * id]!;
    const length = this.#words[this.#stringsAt + 2 * id + 1]!;
    const text = this.#decoder.decode(this.#bytes.subarray(at, at + length));
    this.#texts.set(id, text);
    this.#ids.set(text, id);
    return text;
  }

  /** The number of a text, which is a new one if it was not decoded here. */
  idOf(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#firstNew + this.newTexts.length;
    const bytes = this.#encoder.encode(text);
    this.newTexts.push(bytes);
    this.newBytes += bytes.length;
    this.#ids.set(text, id);
    return id;
  }
}
