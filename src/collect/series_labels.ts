import { normalFloat } from "../kernel/float_label.ts";
import type { Labels } from "../types.ts";
import type { GivenLabels } from "./shapes.ts";

/** Bounds of buckets and quantiles are written as Prometheus 3 writes them when it scrapes. */
const FLOAT_LABELS: Readonly<Record<string, string>> = { histogram: "le", summary: "quantile" };

/** Where the labels of a series come from: those above win over those below. */
export interface LabelSources {
  /** Those of the value. */
  readonly given: GivenLabels;
  /** Those that the registry gives to all series. */
  readonly defaults: GivenLabels;
  /** Those that the application said when it began to collect. */
  readonly common: Labels;
}

/** The labels of one series of a metric of this type. */
export function seriesLabels(name: string, type: string | undefined, from: LabelSources): Labels {
  const own: Record<string, string> = {};
  addTexts(own, from.defaults);
  addTexts(own, from.given);
  const labels: Record<string, string> = {};
  // One without a text is none, as in a scrape: with it or without, it is the same series.
  for (const source of [from.common, own]) {
    for (const [name, text] of Object.entries(source)) if (text !== "") labels[name] = text;
  }
  const floatLabel = FLOAT_LABELS[type ?? ""];
  const float = floatLabel && labels[floatLabel];
  if (floatLabel && float) labels[floatLabel] = normalFloat(float);
  labels["__name__"] = name;
  return labels;
}

/** Labels as text; those without a value are absent. */
export function addTexts(labels: Record<string, string>, given: GivenLabels): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== null) labels[name] = String(value);
  }
}
