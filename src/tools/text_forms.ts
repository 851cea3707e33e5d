/**
 * Batches as texts that other programs load.
 *
 * - `jsonl`: a line for each series of a batch, as VictoriaMetrics exports and imports it
 *   (`/api/v1/export`, `/api/v1/import`): `{"metric":{"__name__":"up"},"values":[1],"timestamps":[5]}`,
 *   timestamps in milliseconds. Infinities are 1e999 and -1e999, numbers of JSON that each of its
 *   versions takes; there is none for NaN, which makes it leave out the whole line.
 * - `openmetrics`: a line for each sample, as OpenMetrics 1.0 and Prometheus (`promtool tsdb
 *   create-blocks-from openmetrics`) have it: `up{job="node"} 1 1700000000.000`; `# EOF` at the end.
 *
 * Both carry samples alone. What they cannot carry is counted, and told.
 */
import type { BatchView, LabelPair } from "../contracts.ts";
import { seriesText, sortedLabels, valueText } from "./series_text.ts";

/** A form of text. */
export type TextForm = "jsonl" | "openmetrics";

/** What a form cannot carry, by what it is. */
export interface NotCarried {
  histograms: number;
  exemplars: number;
  metadata: number;
  /** Markers that a series has ended, which no number can say. */
  staleMarkers: number;
  /** NaN, where the form has none. */
  notNumbers: number;
  /** Start timestamps; their samples are carried. */
  starts: number;
  /** Signals that nobody can carry. */
  unsupported: number;
}

/** Of nothing. */
export function nothingLeftOut(): NotCarried {
  return {
    histograms: 0,
    exemplars: 0,
    metadata: 0,
    staleMarkers: 0,
    notNumbers: 0,
    starts: 0,
    unsupported: 0,
  };
}

/** Which signals are meant. */
export interface TimeRange {
  readonly fromMs: number;
  /** Not itself. */
  readonly toMs: number;
}

export const ALL_TIMES: TimeRange = { fromMs: -Infinity, toMs: Infinity };

/** The end of a text. */
export const TEXT_ENDS: Readonly<Record<TextForm, string>> = { jsonl: "", openmetrics: "# EOF\n" };

/** The samples of a batch as text, series by series. Returns how many they are. */
export function writeText(
  view: BatchView,
  form: TextForm,
  range: TimeRange,
  leftOut: NotCarried,
  write: (text: string) => void,
): number {
  const series = new Map<number, number[]>();
  let samples = 0;
  for (let row = 0; row < view.rows; row++) {
    const kind = view.kindOf(row);
    const timestampMs = view.timestampMsOf(row);
    if (kind !== "unsupported" && (timestampMs < range.fromMs || timestampMs >= range.toMs)) {
      continue;
    }
    if (kind !== "sample") leftOut[LEFT_OUT[kind]]++;
    else if (view.isStale(row)) leftOut.staleMarkers++;
    else if (form === "jsonl" && Number.isNaN(view.valueOf(row))) leftOut.notNumbers++;
    else {
      samples++;
      if (view.startMsOf(row) !== 0) leftOut.starts++;
      const set = view.setOf(row);
      const rows = series.get(set);
      if (rows === undefined) series.set(set, [row]);
      else rows.push(row);
    }
  }
  leftOut.metadata += view.metadata.length;
  const lineOf = form === "jsonl" ? jsonLine : openMetricsLines;
  for (const rows of series.values()) write(lineOf(view, rows));
  return samples;
}

const LEFT_OUT = {
  histogram: "histograms",
  exemplar: "exemplars",
  unsupported: "unsupported",
} as const;

function jsonLine(view: BatchView, rows: readonly number[]): string {
  const metric = jsonLabels(view.labelsOf(rows[0]!));
  let values = "";
  let timestamps = "";
  for (const row of rows) {
    const comma = values === "" ? "" : ",";
    values += comma + jsonValue(view.valueOf(row));
    timestamps += comma + view.timestampMsOf(row);
  }
  return `{"metric":{${metric}},"values":[${values}],"timestamps":[${timestamps}]}\n`;
}

/** A label set has each name once, so no object is needed. */
function jsonLabels(labels: readonly LabelPair[]): string {
  let text = "";
  for (const [name, value] of sortedLabels(labels)) {
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

function jsonValue(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return value > 0 ? "1e999" : "-1e999";
}

function openMetricsLines(view: BatchView, rows: readonly number[]): string {
  const series = seriesText(view.labelsOf(rows[0]!));
  return rows.map((row) =>
    `${series} ${valueText(view.valueOf(row))} ${secondsText(view.timestampMsOf(row))}\n`
  ).join("");
}

/** Milliseconds in seconds, exactly: 1700000000001 is 1700000000.001. */
function secondsText(timestampMs: number): string {
  const sign = timestampMs < 0 ? "-" : "";
  const digits = String(Math.abs(timestampMs)).padStart(4, "0");
  return `${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}
