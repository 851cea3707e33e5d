/** The rules for labels, asked about the label sets of a batch that the kernel does not remember. */
import type { MergedSets, Relabel } from "../contracts.ts";
import { BatchStrings } from "./batch_strings.ts";
import type { KernelInstance } from "./instance.ts";
import * as layout from "./layout.ts";

/**
 * What rules may make of one batch, in bytes: new texts, and eight for each label.
 * Sets beyond that are too large.
 */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;
const LABEL_BYTES = 8;

const OUTCOMES = {
  dropped: layout.RELABELED_DROPPED,
  too_large: layout.RELABELED_TOO_LARGE,
  unsupported: layout.RELABELED_UNSUPPORTED,
} as const;

/** Gives the batch that was loaded the labels that rules make of its own. Returns which sets became one. */
export function relabelBatch(instance: KernelInstance, relabel: Relabel): MergedSets | undefined {
  const count = instance.exports.lookUpLabels();
  if (count === 0) return undefined;
  const answer = askRules(instance, count, relabel);
  instance.putInput(answer);
  instance.exports.decideLabels(answer.length);
  const sets = instance.slot(layout.SLOT_MERGED);
  if (sets === 0) return undefined;
  const labels = instance.slot(layout.SLOT_MERGED_IDS_AT);
  const labelCount = instance.slot(layout.SLOT_MERGED_LABELS);
  return { sets, first: new BatchStrings(instance).labelsAt(labels, labelCount) };
}

/** What the rules say, as the kernel takes it (asm/relabel/rows.ts, decideRows). */
function askRules(instance: KernelInstance, count: number, relabel: Relabel): Uint8Array {
  const strings = new BatchStrings(instance);
  const asked = instance.words();
  const sets: number[] = [];
  let labelBytes = 0;
  let at = instance.slot(layout.SLOT_UNDECIDED_AT) >> 2;
  for (const end = at + 3 * count; at < end; at += 3) {
    const relabeled = relabel(strings.labelsAt(asked[at]!, asked[at + 1]!));
    if (typeof relabeled === "string") {
      sets.push(OUTCOMES[relabeled], 0);
      continue;
    }
    labelBytes += relabeled.length * LABEL_BYTES;
    if (labelBytes + strings.newBytes > BATCH_BYTES_MAX) {
      sets.push(layout.RELABELED_TOO_LARGE, 0);
      continue;
    }
    sets.push(layout.RELABELED, relabeled.length);
    for (const [name] of relabeled) sets.push(strings.idOf(name));
    for (const [, value] of relabeled) sets.push(strings.idOf(value));
  }
  return encodeAnswer(strings, sets);
}

function encodeAnswer({ newTexts, newBytes }: BatchStrings, sets: readonly number[]): Uint8Array {
  const lengths = newTexts.map((text) => text.length);
  const words = Uint32Array.of(newTexts.length, newBytes);
  const answer = new Uint8Array(4 * (2 + lengths.length + sets.length) + newBytes);
  let at = 0;
  for (const part of [words, lengths, sets]) {
    new Uint32Array(answer.buffer, at, part.length).set(part);
    at += 4 * part.length;
  }
  for (const text of newTexts) {
    answer.set(text, at);
    at += text.length;
  }
  return answer;
}
