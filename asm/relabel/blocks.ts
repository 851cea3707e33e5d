/**
 * Blocks of labels that rows have got from rules. Each has one word more before it than
 * those that came with the batch: which metric it was, see families.ts.
 */
import { epoch, KeptString } from "../batch/kept_strings";
import { isMetricName } from "../batch/label";
import { labelIds, Row } from "../batch/rows";
import { stringAt, stringBytes } from "../batch/strings";
import { reserveMore } from "../bytes/memory";
import { writeNames } from "./names";
import { PLACES_MAX, RelabeledSet } from "./sets";
import { idOf } from "./strings";

/** Makes room for a block of labels, and returns where it begins, as a row has it. */
export function openBlock(metric: u32, number: u32, labelCount: usize): u32 {
  const bytes = (labelCount + 1) << 3;
  const at = reserveMore(labelIds, bytes);
  const labels = <u32> (labelIds.length >> 2) + 2;
  labelIds.length += bytes;
  store<u32>(at, metric);
  store<u32>(at, number, 4);
  return labels;
}

/** Writes the new labels of a set, of which the row is. */
export function writeKnown(set: RelabeledSet, row: Row): void {
  const names = set.names;
  const newNames = set.newNames;
  const metric = names.metric < names.count
    ? load<u32>(row.valuesAt + (names.metric << 2)) + 1
    : 0;
  const labels = openBlock(metric, set.number, newNames.count);
  writeNames(newNames, labels);
  const own = row.valuesAt;
  let to = labelIds.at + ((<usize> labels + newNames.count) << 2);
  const from = set.newValuesAt;
  const end = from + (newNames.count << 2);
  for (let at = from; at < end; at += 4) {
    const here = load<u32>(at);
    const id = here < PLACES_MAX
      ? load<u32>(own + (<usize> here << 2))
      : idOf(changetype<KeptString>(here));
    store<u32>(to, id);
    to += 4;
  }
  set.epoch = epoch;
  set.labels = labels;
}

/** The id of the name of the metric that a row was of, plus one; 0 for none. */
export function metricOf(row: Row): u32 {
  const count = row.labelCount;
  const names = row.namesAt;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    if (isMetricName(stringAt(name), stringBytes(name))) {
      return load<u32>(names + ((count + i) << 2)) + 1;
    }
  }
  return 0;
}

/** The same of a row that has got its labels from rules. */
// @ts-ignore: decorator
@inline
export function metricBefore(row: Row): u32 {
  return load<u32>(row.namesAt - 8);
}

/** A block as a row, for what takes rows. */
const blockRow: Row = changetype<Row>(memory.data(80, 8));

export function blockAt(labels: u32, labelCount: usize): Row {
  blockRow.labels = labels;
  blockRow.labelCount = labelCount;
  return blockRow;
}

/** How many bytes the texts of a block's labels have. */
export function textBytes(ids: usize, labelCount: usize): usize {
  let bytes: usize = 0;
  for (let i: usize = 0; i < labelCount << 3; i += 4) bytes += stringBytes(load<u32>(ids + i));
  return bytes;
}
