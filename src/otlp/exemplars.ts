/** Exemplars of points as Prometheus has them. */
import type { Exemplar } from "../types.ts";
import type { OtlpExemplar } from "./model.ts";
import type { LabelMap } from "./series_labels.ts";
import { valueText } from "./value_text.ts";

/** Names and values of an exemplar's labels together (OpenMetrics 1.0, "Exemplars"). */
const CHARACTERS_MAX = 128;

const NONE: readonly Exemplar[] = [];

/** In their order; one without a value is left out. */
export function exemplarsOf(given: readonly OtlpExemplar[]): readonly Exemplar[] {
  if (given.length === 0) return NONE;
  const exemplars: Exemplar[] = [];
  for (const { value, timeMs, ...rest } of given) {
    if (value === undefined) continue;
    const labels = labelsOf(rest);
    // Without a time of its own it has that of its sample.
    exemplars.push(timeMs === 0 ? { labels, value } : { labels, value, timestampMs: timeMs });
  }
  return exemplars;
}

/** The oldest first, as receivers want them. */
export function byTime(exemplars: readonly Exemplar[]): readonly Exemplar[] {
  if (exemplars.length < 2) return exemplars;
  return [...exemplars].sort((a, b) =>
    (a.timestampMs ?? 0) - (b.timestampMs ?? 0) || a.value - b.value
  );
}

/** The trace comes first: attributes of its names give way, and all of them where they are too long. */
function labelsOf(of: Pick<OtlpExemplar, "attributes" | "traceId" | "spanId">): LabelMap {
  const labels = Object.create(null) as LabelMap;
  if (of.traceId !== "") labels["trace_id"] = of.traceId;
  if (of.spanId !== "") labels["span_id"] = of.spanId;
  const more = of.attributes
    .filter(({ key }) => labels[key] === undefined)
    .map(({ key, value }) => [key, valueText(value)] as const);
  const all = [...Object.entries(labels), ...more];
  const characters = all.reduce((sum, pair) => sum + charactersIn(pair.join("")), 0);
  if (characters > CHARACTERS_MAX) return labels;
  for (const [key, text] of more) labels[key] = text;
  return labels;
}

function charactersIn(text: string): number {
  return text.length > 2 * CHARACTERS_MAX ? text.length : [...text].length;
}
