import type { ResolvedJob } from "../options.ts";
import { Relabeler } from "../relabel/relabel.ts";
import { DEFAULT_REGEX, type RelabelRule, sortedPairs } from "../relabel/rule.ts";
import { shownLabels, shownReplacement } from "../shown_params.ts";
import type { Labels } from "../types.ts";

/** What one rule makes of labels, in the form of Prometheus's API. */
export interface RelabelStep {
  readonly rule: Readonly<Record<string, unknown>>;
  /** Empty when the target is dropped. */
  readonly output: Labels;
  readonly keep: boolean;
}

/** What each of the rules of a job makes of what the one before has left. */
export function relabelSteps(job: ResolvedJob, labels: Labels): RelabelStep[] {
  const { relabelConfigs: rules, nameValidationScheme } = job;
  const present = sortedPairs(labels).filter(([, value]) => value !== "");
  return rules.map((rule, index) => {
    const left = new Relabeler(rules.slice(0, index + 1), nameValidationScheme).apply(present);
    const output = typeof left === "string" ? {} : shownLabels(Object.fromEntries(left));
    return { rule: shown(rule), output, keep: typeof left !== "string" };
  });
}

/** As the file has it; what is not given is left out. */
function shown(rule: RelabelRule): Record<string, unknown> {
  const { sourceLabels, separator, regex = DEFAULT_REGEX, modulus } = rule;
  return {
    ...sourceLabels?.length && { source_labels: sourceLabels },
    separator,
    regex,
    ...modulus !== 0 && { modulus: Number(modulus) },
    ...rule.targetLabel && { target_label: rule.targetLabel },
    replacement: shownReplacement(rule.targetLabel, rule.replacement),
    action: rule.action,
  };
}
