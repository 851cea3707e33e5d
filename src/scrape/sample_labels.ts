/** What becomes of the labels of a series that a target shows: Prometheus's `mutateSampleLabels`. */
import type { LabelPair, SeriesRelabel } from "../contracts.ts";
import { PageError } from "../errors.ts";
import type { ResolvedJob } from "../options.ts";
import { compareCodePoints } from "../relabel/compare.ts";
import { isLabelName } from "../relabel/label_name.ts";
import type { Relabeler } from "../relabel/relabel.ts";
import { sortedPairs } from "../relabel/rule.ts";
import type { Labels } from "../types.ts";

const EXPORTED = "exported_";
const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** As many characters of a name are in an error. */
const SHOWN_LENGTH_MAX = 50;

/** The options of a job that decide what a series becomes. */
export type SampleRules = Pick<
  ResolvedJob,
  | "honorLabels"
  | "metricRelabelConfigs"
  | "nameValidationScheme"
  | "labelLimit"
  | "labelNameLengthLimit"
  | "labelValueLengthLimit"
>;

/** Two that are the same text make the same of every series. */
export function sampleRulesKey(rules: SampleRules, ofTarget: Labels): string {
  const { honorLabels, metricRelabelConfigs, nameValidationScheme } = rules;
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules;
  return JSON.stringify([
    honorLabels,
    metricRelabelConfigs,
    nameValidationScheme,
    [labelLimit, labelNameLengthLimit, labelValueLengthLimit],
    sortedPairs(ofTarget),
  ]);
}

/**
 * What a target makes of the labels of its series.
 *
 * @param metricRules `metricRelabelConfigs`, ready to be applied
 * @param ofTarget those labels of the target that its series get
 * @param onLabelLimit told when a page is refused for a limit on labels
 */
export function sampleRelabel(
  rules: SampleRules,
  metricRules: Relabeler,
  ofTarget: Labels,
  onLabelLimit: () => void,
): SeriesRelabel {
  const target = sortedPairs(ofTarget);
  const merge = rules.honorLabels ? mergeHonored : mergeOverridden;
  const displaced = new Set(rules.honorLabels ? [] : Object.keys(ofTarget));
  return (exposed) => {
    const merged = inOrder(merge(exposed, target));
    const relabeled = metricRules.apply(merged);
    if (relabeled === "dropped") return relabeled;
    if (relabeled === "too_large") throw new PageError(0, "the rules make labels too large");
    checkOnce(exposed, displaced);
    const labels = relabeled === merged ? merged : inOrder(relabeled);
    checkNames(labels, rules.nameValidationScheme);
    const exceeded = exceededLimit(labels, rules);
    if (exceeded !== undefined) {
      onLabelLimit();
      throw new PageError(0, exceeded);
    }
    return labels;
  };
}

/** What is exposed counts, an empty label too: it takes away that of the target. */
function mergeHonored(exposed: readonly LabelPair[], target: readonly LabelPair[]): LabelPair[] {
  const names = new Set(exposed.map(([name]) => name));
  const added = target.filter(([name]) => !names.has(name));
  return [...withoutEmpty(exposed), ...added];
}

/** The target's labels count; an exposed one of the same name gets another name. */
function mergeOverridden(exposed: readonly LabelPair[], target: readonly LabelPair[]): LabelPair[] {
  // Of two of one name the first counts, where the target's takes their place.
  const labels = new Map(withoutEmpty(exposed).toReversed());
  const displaced: LabelPair[] = [];
  for (const [name, value] of target) {
    const existing = labels.get(name);
    if (existing !== undefined) displaced.push([name, existing]);
    labels.set(name, value);
  }
  // The shortest name first: it keeps the name that a longer one would take otherwise.
  displaced.sort(([a], [b]) => utf8Length(a) - utf8Length(b));
  for (const [name, value] of displaced) {
    let renamed = EXPORTED + name;
    while (labels.has(renamed)) renamed = EXPORTED + renamed;
    labels.set(renamed, value);
  }
  return [...labels];
}

/** An empty label is none, also where another one has its name. */
function withoutEmpty(exposed: readonly LabelPair[]): readonly LabelPair[] {
  if (exposed.every(([, value]) => value !== "")) return exposed;
  const empty = new Set(exposed.filter(([, value]) => value === "").map(([name]) => name));
  return exposed.filter(([name]) => !empty.has(name));
}

function inOrder(labels: readonly LabelPair[]): readonly LabelPair[] {
  return [...labels].sort(([a], [b]) => compareCodePoints(a, b));
}

/** As Prometheus's storage, which refuses the sample and with it the page. Of names whose place others take there may be more than one. */
function checkOnce(exposed: readonly LabelPair[], displaced: ReadonlySet<string>): void {
  const names = new Set<string>();
  for (const [name] of withoutEmpty(exposed)) {
    if (displaced.has(name)) continue;
    if (names.has(name)) {
      throw new PageError(0, `label name ${JSON.stringify(shortened(name))} is not unique`);
    }
    names.add(name);
  }
}

function checkNames(
  labels: readonly LabelPair[],
  scheme: SampleRules["nameValidationScheme"],
): void {
  const metric = nameOf(labels);
  if (metric === undefined) throw new PageError(0, "missing metric name (__name__ label)");
  const isMetric = scheme === "legacy" ? LEGACY_METRIC.test(metric) : isLabelName(metric, scheme);
  const isValid = isMetric &&
    labels.every(([name, value]) => isLabelName(name, scheme) && !/\p{Surrogate}/u.test(value));
  if (isValid) return;
  const shown = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");
  throw new PageError(0, `invalid metric name or label names: {${shown}}`);
}

function nameOf(labels: readonly LabelPair[]): string | undefined {
  return labels.find(([name]) => name === "__name__")?.[1];
}

/** In Prometheus's words. */
function exceededLimit(labels: readonly LabelPair[], rules: SampleRules): string | undefined {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules;
  if (labelLimit + labelNameLengthLimit + labelValueLengthLimit === 0) return undefined;
  const metric = shortened(nameOf(labels) ?? "");
  if (labelLimit > 0 && labels.length > labelLimit) {
    const got = `number of labels: ${labels.length}, limit: ${labelLimit}`;
    return `label_limit exceeded (metric: ${metric}, ${got})`;
  }
  for (const [name, value] of labels) {
    const [nameLength, valueLength] = [utf8Length(name), utf8Length(value)];
    if (labelNameLengthLimit > 0 && nameLength > labelNameLengthLimit) {
      return `label_name_length_limit exceeded (metric: ${metric}, label name: ${
        shortened(name)
      }, length: ${nameLength}, limit: ${labelNameLengthLimit})`;
    }
    if (labelValueLengthLimit > 0 && valueLength > labelValueLengthLimit) {
      return `label_value_length_limit exceeded (metric: ${metric}, label name: ${
        shortened(name)
      }, value: ${
        JSON.stringify(shortened(value))
      }, length: ${valueLength}, limit: ${labelValueLengthLimit})`;
    }
  }
  return undefined;
}

function shortened(text: string): string {
  return text.slice(0, SHOWN_LENGTH_MAX);
}

const encoder = new TextEncoder();

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
