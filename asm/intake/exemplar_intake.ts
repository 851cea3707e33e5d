/** Takes exemplars in, whose own labels are few and seldom the same. */
import { RULE_EXEMPLAR_LABELS, RULE_NONE } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { labelIds } from "../batch/rows";
import { compareNames, LABEL_BYTES, nameAt, nameBytes, setLabel, sortLabels } from "../batch/sort";
import { valueAt, valueBytes } from "../batch/sort";
import { intern, NOT_UTF8, symbolCount, truncateSymbols } from "../batch/symbols";

/** The labels of the exemplar at hand, see sort.ts. */
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

/** Where the labels of the exemplar at hand were written, in ids: see rows.ts. */
export let exemplarLabels: u32 = 0;

/** Writes the labels that were collected. The rule that they break, or RULE_NONE. */
export function writeExemplarLabels(): i32 {
  const count = own.length / LABEL_BYTES;
  sortLabels(own.at, count);
  for (let i: usize = 0; i < count; i++) {
    const label = own.at + i * LABEL_BYTES;
    if (nameBytes(label) == 0) return RULE_EXEMPLAR_LABELS;
    if (i > 0 && compareNames(label - LABEL_BYTES, label) == 0) return RULE_EXEMPLAR_LABELS;
  }
  const before = labelIds.length;
  const mark = symbolCount();
  const block = reserveMore(labelIds, 4 + count * 8);
  store<u32>(block, <u32> count);
  for (let i: usize = 0; i < count; i++) {
    const label = own.at + i * LABEL_BYTES;
    const name = intern(nameAt(label), nameBytes(label));
    const value = name == NOT_UTF8 ? name : intern(valueAt(label), valueBytes(label));
    if (value == NOT_UTF8) {
      truncateSymbols(mark);
      return RULE_EXEMPLAR_LABELS;
    }
    store<u32>(block + (i << 2), name, 4);
    store<u32>(block + ((count + i) << 2), value, 4);
  }
  exemplarLabels = <u32> (before >> 2);
  labelIds.length += 4 + count * 8;
  return RULE_NONE;
}
