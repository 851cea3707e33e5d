import { compareCodePoints } from "./compare.ts";
import { Relabeler } from "./relabel.ts";
import { type LabelNames, type LabelPair, type RelabelRule, sortedPairs } from "./rule.ts";

/** What became of a series: its labels in the order of their names' bytes, or why it has none. */
type RelabeledSeries = readonly LabelPair[] | "dropped" | "too_large" | "unsupported";

/**
 * Rules for series on their way to an endpoint, as Prometheus applies
 * `write_relabel_configs`: external labels are added first, and no label is removed
 * for how its name begins. A series whose own labels are none (a name is empty, or
 * comes twice), or whose new ones are, is unsupported.
 *
 * @param lengthMax beyond which what the rules make is "too_large"; by default what a series may bring
 */
export function seriesRelabeler(
  rules: readonly RelabelRule[],
  names: LabelNames,
  externalLabels: Readonly<Record<string, string>>,
  lengthMax?: number,
): (labels: readonly LabelPair[]) => RelabeledSeries {
  const relabeler = new Relabeler(rules, names, lengthMax);
  const external = sortedPairs(externalLabels);
  return (labels) => {
    const present = inOrder(labels.filter(([, value]) => value !== ""));
    if (!isLabelSet(present)) return "unsupported";
    const relabeled = relabeler.apply(present, external);
    if (typeof relabeled === "string" || relabeled === present) return relabeled;
    const sorted = inOrder(relabeled);
    return isLabelSet(sorted) ? sorted : "unsupported";
  };
}

function inOrder(labels: readonly LabelPair[]): readonly LabelPair[] {
  for (let i = 1; i < labels.length; i++) {
    if (compareCodePoints(labels[i - 1]![0], labels[i]![0]) <= 0) continue;
    return [...labels].sort(([a], [b]) => compareCodePoints(a, b));
  }
  return labels;
}

/** Of labels in order. */
function isLabelSet(labels: readonly LabelPair[]): boolean {
  return labels.every(([name], i) => name !== "" && (i === 0 || name !== labels[i - 1]![0]));
}
