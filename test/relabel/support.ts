import { type Relabeled, Relabeler } from "../../src/relabel/relabel.ts";
import {
  DEFAULT_REPLACEMENT,
  DEFAULT_SEPARATOR,
  type LabelNames,
  type RelabelRule,
  sortedPairs,
} from "../../src/relabel/rule.ts";

export type Labels = Readonly<Record<string, string>>;

/** A rule with Prometheus's defaults for all that is not given. */
export function rule(given: Partial<RelabelRule>): RelabelRule {
  return {
    sourceLabels: undefined,
    separator: DEFAULT_SEPARATOR,
    regex: undefined,
    modulus: 0,
    targetLabel: "",
    replacement: DEFAULT_REPLACEMENT,
    action: "replace",
    ...given,
  };
}

/** What rules make of labels, as an object. */
export function relabel(
  labels: Labels,
  rules: readonly Partial<RelabelRule>[],
  { names = "utf8", added = {} }: { names?: LabelNames; added?: Labels } = {},
): Labels | "dropped" | "too_large" {
  const relabeler = new Relabeler(rules.map(rule), names);
  return asObject(relabeler.apply(sortedPairs(labels), sortedPairs(added)));
}

function asObject(relabeled: Relabeled): Labels | "dropped" | "too_large" {
  return typeof relabeled === "string" ? relabeled : Object.fromEntries(relabeled);
}
