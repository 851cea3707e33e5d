import type { LabelPair } from "../../contracts.ts";
import type { LabelNames, RelabelRule } from "../../relabel/rule.ts";
import { seriesRelabeler } from "../../relabel/series.ts";
import { sortedLabels } from "../series_text.ts";

const METRIC_NAME = "__name__";

/** What an endpoint's options make of what it gets. */
export interface SentAs {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly rules: readonly RelabelRule[];
  readonly labelNames: LabelNames;
  /** Native histograms are sent. */
  readonly histograms: boolean;
  /** Those with custom buckets too, which remote write 1.0 does not have. */
  readonly customBuckets: boolean;
}

/** As it came in: where nothing is known of the endpoint. */
export const AS_IT_CAME: SentAs = {
  externalLabels: {},
  rules: [],
  labelNames: "utf8",
  histograms: true,
  customBuckets: true,
};

/** A series as a receiver has it. */
export interface SentSeries {
  readonly metric: string;
  /** All labels but the name, in order. */
  readonly labels: readonly LabelPair[];
  /** The same as a text, to find it by. */
  readonly key: string;
}

/** The key of a set of labels, whatever their order; `__name__` is not part of it. */
export function keyOf(labels: readonly LabelPair[]): string {
  return JSON.stringify(sortedLabels(labels.filter(isOwn)));
}

/** Makes of the labels that a series came with those that it was sent with; undefined where it is not sent. */
export function sentSeries(
  { externalLabels, rules, labelNames }: SentAs,
): (labels: readonly LabelPair[]) => SentSeries | undefined {
  const relabel = rules.length === 0
    ? (labels: readonly LabelPair[]) => withLabels(labels, externalLabels)
    : seriesRelabeler(rules, labelNames, externalLabels);
  return (labels) => {
    const sent = relabel(labels);
    if (typeof sent === "string") return undefined;
    const metric = sent.find(([name]) => name === METRIC_NAME)?.[1];
    if (metric === undefined) return undefined;
    const own = sortedLabels(sent.filter(isOwn));
    return { metric, labels: own, key: JSON.stringify(own) };
  };
}

function withLabels(
  labels: readonly LabelPair[],
  external: Readonly<Record<string, string>>,
): readonly LabelPair[] {
  const names = new Set(labels.map(([name]) => name));
  return [...labels, ...Object.entries(external).filter(([name]) => !names.has(name))];
}

function isOwn([name, value]: LabelPair): boolean {
  return name !== METRIC_NAME && value !== "";
}
