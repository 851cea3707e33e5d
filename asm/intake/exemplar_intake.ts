/** Takes exemplars in. Their own labels are few, and seldom the same. */
import { RULE_EXEMPLAR_LABELS, RULE_NONE } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { ExemplarLabels, exemplarLabelsBytes, labelIds } from "../batch/rows";
import { compareNames, sortLabels } from "../batch/sort";

import { intern, NOT_UTF8, symbolCount, truncateSymbols } from "../batch/symbols";
import { LABEL_BYTES, nthLabel, setLabel } from "../batch/label";

/** The labels of the current exemplar: see label.ts. */
const own: Buffer = createBuffer();

export function clearExemplar(): void {
  own.length = 0;
}

export function addExemplarLabel(
  nameAt: usize,
  nameBytes: usize,
  valueAt: usize,
  valueBytes: usize,
): void {
  if (valueBytes == 0) return;
  setLabel(reserveMore(own, LABEL_BYTES), nameAt, nameBytes, valueAt, valueBytes);
  own.length += LABEL_BYTES;
}

/** Where the labels of the current exemplar were written, counted in ids: see rows.ts. */
export let exemplarLabels: u32 = 0;

/** Writes the labels that were collected. Returns the rule that they break, or RULE_NONE. */
export function writeExemplarLabels(): i32 {
  const count = own.length / LABEL_BYTES;
  sortLabels(own.at, count);
  for (let i: usize = 0; i < count; i++) {
    const label = nthLabel(own.at, i);
    if (label.nameBytes == 0) return RULE_EXEMPLAR_LABELS;
    if (i > 0 && compareNames(nthLabel(own.at, i - 1), label) == 0) return RULE_EXEMPLAR_LABELS;
  }
  const before = labelIds.length;
  const mark = symbolCount();
  const bytes = exemplarLabelsBytes(count);
  const written = changetype<ExemplarLabels>(reserveMore(labelIds, bytes));
  written.count = count;
  for (let i: usize = 0; i < count; i++) {
    const label = nthLabel(own.at, i);
    const name = intern(label.nameAt, label.nameBytes);
    const value = name == NOT_UTF8 ? name : intern(label.valueAt, label.valueBytes);
    if (value == NOT_UTF8) {
      truncateSymbols(mark);
      return RULE_EXEMPLAR_LABELS;
    }
    written.set(i, name, value);
  }
  exemplarLabels = <u32> (before >> 2);
  labelIds.length += bytes;
  return RULE_NONE;
}
