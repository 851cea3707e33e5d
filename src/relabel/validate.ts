import { isLabelName, isLabelNameTemplate } from "./label_name.ts";
import {
  DEFAULT_REPLACEMENT,
  DEFAULT_SEPARATOR,
  type LabelNames,
  type RelabelAction,
  type RelabelRule,
} from "./rule.ts";

/** What is wrong with a rule: with which part of it, and why. */
export type BrokenRule = readonly [part: keyof RelabelRule, message: string];

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  "replace",
  "hashmod",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);
const TAKES_NO_REPLACEMENT: ReadonlySet<RelabelAction> = new Set([
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);
/** What these compare are values as they are, so nothing else may be given. */
const COMPARES: ReadonlySet<RelabelAction> = new Set(["keepequal", "dropequal"]);
/** These look at the names of all labels. */
const LOOKS_AT_NAMES: ReadonlySet<RelabelAction> = new Set(["labeldrop", "labelkeep"]);

/** What is wrong with a rule whose parts are each fine (Prometheus, `relabel.Config.Validate`). */
export function* brokenRule(rule: RelabelRule, names: LabelNames): Generator<BrokenRule> {
  const { action } = rule;
  if (action === "hashmod" && rule.modulus === 0) {
    yield ["modulus", "missing or 0, expected a whole number from 1 for the action hashmod"];
  }
  yield* brokenTarget(rule, names);
  if (TAKES_NO_REPLACEMENT.has(action) && rule.replacement !== DEFAULT_REPLACEMENT) {
    yield ["replacement", `given, but the action ${action} takes none`];
  }
  if (action === "labelmap" && !isLabelNameTemplate(rule.replacement, names)) {
    yield ["replacement", `got ${JSON.stringify(rule.replacement)}, ${wanted(names, true)}`];
  }
  if (COMPARES.has(action)) {
    const message = `given, but the action ${action} takes sourceLabels and targetLabel alone`;
    if (rule.regex !== undefined) yield ["regex", message];
    if (rule.modulus !== 0) yield ["modulus", message];
    if (rule.separator !== DEFAULT_SEPARATOR) yield ["separator", message];
  }
  if (LOOKS_AT_NAMES.has(action)) {
    const message = `given, but the action ${action} takes regex alone`;
    if (rule.sourceLabels !== undefined) yield ["sourceLabels", message];
    if (rule.targetLabel !== "") yield ["targetLabel", message];
    if (rule.modulus !== 0) yield ["modulus", message];
    if (rule.separator !== DEFAULT_SEPARATOR) yield ["separator", message];
    if (rule.replacement !== DEFAULT_REPLACEMENT) yield ["replacement", message];
  }
}

function* brokenTarget(
  { action, targetLabel }: RelabelRule,
  names: LabelNames,
): Generator<BrokenRule> {
  if (!NEEDS_TARGET.has(action)) return;
  if (targetLabel === "") {
    yield ["targetLabel", `missing, expected a label name for the action ${action}`];
    return;
  }
  const isTemplate = action === "replace" && targetLabel.includes("$");
  const isFine = isTemplate
    ? isLabelNameTemplate(targetLabel, names)
    : isLabelName(targetLabel, names);
  if (isFine) return;
  yield ["targetLabel", `got ${JSON.stringify(targetLabel)}, ${wanted(names, isTemplate)}`];
}

function wanted(names: LabelNames, isTemplate: boolean): string {
  const name = names === "utf8"
    ? "expected a label name that is valid Unicode and not empty"
    : 'expected a label name of letters, digits and "_" that does not begin with a digit';
  return isTemplate && names === "legacy" ? `${name}, or variables such as "\${1}" in it` : name;
}
