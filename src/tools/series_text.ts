import type { LabelPair } from "../contracts.ts";

const METRIC_NAME = "__name__";
/** What needs no quotes in Prometheus's text format. */
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The labels in the order in which people and programs compare them: by name, as bytes. */
export function sortedLabels(labels: readonly LabelPair[]): readonly LabelPair[] {
  // As walq's own files have them.
  if (labels.every(([name], at) => at === 0 || labels[at - 1]![0] < name)) return labels;
  return labels.toSorted(([a], [b]) => a < b ? -1 : Number(a > b));
}

/** A series as Prometheus's text formats have it: `up{job="node"}`, `{"http.requests",job="node"}`. */
export function seriesText(labels: readonly LabelPair[]): string {
  const sorted = sortedLabels(labels);
  const name = sorted.find(([label]) => label === METRIC_NAME)?.[1];
  const others = sorted.filter(([label]) => label !== METRIC_NAME).map(labelText);
  if (name === undefined) return `{${others.join(",")}}`;
  if (!PLAIN_METRIC.test(name)) return `{${[quoted(name), ...others].join(",")}}`;
  return others.length === 0 ? name : `${name}{${others.join(",")}}`;
}

/** Labels in braces. */
export function labelsText(labels: readonly LabelPair[]): string {
  return `{${sortedLabels(labels).map(labelText).join(",")}}`;
}

/** A value as these formats have it. */
export function valueText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : Object.is(value, -0) ? "-0" : String(value);
}

function labelText([name, value]: LabelPair): string {
  return `${PLAIN_LABEL.test(name) ? name : quoted(name)}=${quoted(value)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (found) => found === "\n" ? "\\n" : `\\${found}`)}"`;
}
