import type { BatchView, LabelPair, ShownMetadata } from "../contracts.ts";
import { METRIC_TYPES } from "../metadata_message.ts";
import type { Histogram } from "../types.ts";
import { readHistogram } from "./histogram_message.ts";
import { labelsText, seriesText, valueText } from "./series_text.ts";

/** One signal, to be shown. */
export type ShownSignal =
  | {
    readonly kind: "sample";
    readonly labels: Readonly<Record<string, string>>;
    readonly timestampMs: number;
    /** As texts have it: JSON has no NaN. */
    readonly value: string;
    /** A marker that the series has ended. */
    readonly isStale?: true;
    readonly startMs?: number;
  }
  | {
    readonly kind: "histogram";
    readonly labels: Readonly<Record<string, string>>;
    readonly timestampMs: number;
    readonly startMs?: number;
    readonly histogram: Histogram;
  }
  | {
    readonly kind: "exemplar";
    readonly labels: Readonly<Record<string, string>>;
    readonly timestampMs: number;
    readonly value: string;
    readonly exemplarLabels: Readonly<Record<string, string>>;
  }
  | {
    readonly kind: "metadata";
    readonly family: string;
    readonly type: string;
    readonly help?: string;
    readonly unit?: string;
  };

/** The signal in a row; undefined where nothing is known of it. */
export function signalAt(view: BatchView, row: number): ShownSignal | undefined {
  const kind = view.kindOf(row);
  if (kind === "unsupported") return undefined;
  const labels = objectOf(view.labelsOf(row));
  const timestampMs = view.timestampMsOf(row);
  const startMs = view.startMsOf(row);
  const start = startMs === 0 ? {} : { startMs };
  if (kind === "histogram") {
    return { kind, labels, timestampMs, ...start, histogram: readHistogram(view.histogramOf(row)) };
  }
  const value = valueText(view.valueOf(row));
  if (kind === "exemplar") {
    const exemplarLabels = objectOf(view.exemplarLabelsOf(row));
    return { kind, labels, timestampMs, value, exemplarLabels };
  }
  const stale = view.isStale(row) ? { isStale: true as const } : {};
  return { kind, labels, timestampMs, value, ...stale, ...start };
}

/** A metadata entry as a signal. */
export function metadataSignal({ family, type, help, unit }: ShownMetadata): ShownSignal {
  return {
    kind: "metadata",
    family,
    type: METRIC_TYPES[type] ?? `${type}`,
    ...(help === undefined ? {} : { help }),
    ...(unit === undefined ? {} : { unit }),
  };
}

/** A signal in one line, for people. `timeOf` shows a timestamp. */
export function signalText(signal: ShownSignal, timeOf: (timestampMs: number) => string): string {
  if (signal.kind === "metadata") {
    const parts = [`metadata  ${signal.family} ${signal.type}`];
    if (signal.unit !== undefined) parts.push(`unit=${JSON.stringify(signal.unit)}`);
    if (signal.help !== undefined) parts.push(`help=${JSON.stringify(signal.help)}`);
    return parts.join(" ");
  }
  const series = seriesText(Object.entries(signal.labels));
  const time = timeOf(signal.timestampMs);
  switch (signal.kind) {
    case "sample": {
      const start = signal.startMs === undefined ? "" : ` start=${timeOf(signal.startMs)}`;
      const value = signal.isStale ? "stale" : signal.value;
      return `sample    ${series} ${value} ${time}${start}`;
    }
    case "exemplar": {
      const own = labelsText(Object.entries(signal.exemplarLabels));
      return `exemplar  ${series} ${own} ${signal.value} ${time}`;
    }
    case "histogram": {
      const { count, sum, schema, type } = signal.histogram;
      const start = signal.startMs === undefined ? "" : ` start=${timeOf(signal.startMs)}`;
      return `histogram ${series} count=${count} sum=${valueText(sum)} schema=${schema} ${type} ` +
        `${time}${start}`;
    }
  }
}

/** A label set of a file may have a name that objects have already: it is a plain one here. */
function objectOf(labels: readonly LabelPair[]): Readonly<Record<string, string>> {
  return Object.fromEntries(labels);
}
