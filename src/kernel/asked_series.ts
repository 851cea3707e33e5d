/** The series that relabeling is asked about, and its answers, as the kernel tells and takes them (asm/scrape/ask.ts). */
import type { LabelPair, SeriesRelabel } from "../contracts.ts";
import { formatFloat, normalFloat } from "./float_label.ts";
import type { KernelInstance } from "./instance.ts";
import { KernelTexts } from "./kernel_texts.ts";

/** In place of the number of a series' labels. */
const DROPPED = 0xffffffff;
/** Marks the value of a label that is a number. */
const IS_NUMBER = 0x80000000;

/** Marks the value of a label that is the bits of a double, in hexadecimal digits. */
const IS_BITS = 0x40000000;

const encoder = new TextEncoder();

/** What relabeling makes of `count` series that the kernel has told, as it takes the answers. */
export function askAbout(
  instance: KernelInstance,
  count: number,
  relabel: SeriesRelabel,
): Uint8Array {
  const told = new KernelTexts(instance);
  const words: number[] = [];
  const texts: string[] = [];
  for (let series = 0; series < count; series++) {
    const relabeled = relabel(nextLabels(told));
    if (relabeled === "dropped") {
      words.push(DROPPED);
      continue;
    }
    words.push(relabeled.length);
    for (const [name, value] of relabeled) {
      words.push(name.length, value.length);
      texts.push(name, value);
    }
  }
  return encodeAnswers(words, texts);
}

function nextLabels(told: KernelTexts): LabelPair[] {
  const labels: LabelPair[] = [];
  for (let left = told.word(); left > 0; left--) {
    const nameBytes = told.word();
    const word = told.word();
    const name = told.text(nameBytes);
    const value = told.text(word % IS_BITS);
    labels.push([name, valueOf(value, word)]);
  }
  return labels;
}

function valueOf(value: string, word: number): string {
  if (word >= IS_NUMBER) return normalFloat(value);
  return word >= IS_BITS ? formatFloat(doubleOf(value)) : value;
}

const view = new DataView(new ArrayBuffer(8));

function doubleOf(digits: string): number {
  view.setBigUint64(0, BigInt(`0x${digits}`));
  return view.getFloat64(0);
}

/** The number of words, the words, and all texts. */
function encodeAnswers(words: number[], texts: readonly string[]): Uint8Array {
  const joined = texts.join("");
  const bytes = encoder.encode(joined);
  if (bytes.length !== joined.length) measure(words, texts);
  const answers = new Uint8Array(4 + 4 * words.length + bytes.length);
  new Uint32Array(answers.buffer, 0, 1).set([words.length]);
  new Uint32Array(answers.buffer, 4, words.length).set(words);
  answers.set(bytes, 4 + 4 * words.length);
  return answers;
}

/** Puts bytes in place of characters, where a character may have more than one. */
function measure(words: number[], texts: readonly string[]): void {
  let at = 0;
  let text = 0;
  while (at < words.length) {
    const labels = words[at++]!;
    if (labels === DROPPED) continue;
    for (const end = at + 2 * labels; at < end; at++) {
      words[at] = encoder.encode(texts[text++]!).length;
    }
  }
}
