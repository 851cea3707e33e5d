/** The series that say how a scrape went: `up` and those beside it. */
import { compareCodePoints } from "../relabel/compare.ts";
import { MessageWriter } from "../protobuf.ts";
import type { Labels } from "../types.ts";

/** How one scrape went. */
export interface ScrapeReport {
  readonly isUp: boolean;
  readonly durationMs: number;
  readonly scraped: number;
  readonly kept: number;
  readonly added: number;
  readonly timeoutMs: number;
  readonly sampleLimit: number;
  /** Unpacked; 0 when the scrape failed, -1 when the page was too large. */
  readonly bodyBytes: number;
}

/** One series of the report. */
type ReportSeries = readonly [name: string, read: (report: ScrapeReport) => number];

const ALWAYS: readonly ReportSeries[] = [
  ["up", ({ isUp }) => Number(isUp)],
  ["scrape_duration_seconds", ({ durationMs }) => durationMs / 1000],
  ["scrape_samples_scraped", ({ scraped }) => scraped],
  ["scrape_samples_post_metric_relabeling", ({ kept }) => kept],
  ["scrape_series_added", ({ added }) => added],
];

/** With `extra_scrape_metrics`. */
const EXTRA: readonly ReportSeries[] = [
  ["scrape_timeout_seconds", ({ timeoutMs }) => timeoutMs / 1000],
  ["scrape_sample_limit", ({ sampleLimit }) => sampleLimit],
  ["scrape_body_size_bytes", ({ bodyBytes }) => bodyBytes],
];

/** The stale marker: a NaN with these bits (Prometheus, model/value). */
const STALE_NAN_BITS = 0x7ff0_0000_0000_0002n;

// Fields of remote write 1.0 (prompb/types.proto).
const [TIMESERIES, LABELS, SAMPLES, NAME, VALUE] = [1, 1, 2, 1, 2];

/** Writes the report series of one target, as the appender writes a request: they are its last part. */
export class ReportWriter {
  readonly #labels: Labels;
  /** Encoded once, by the name of the series. */
  readonly #encoded = new Map<string, readonly Uint8Array[]>();

  /** @param ofTarget those labels of the target that its series get */
  constructor(ofTarget: Labels) {
    this.#labels = ofTarget;
  }

  /** How a scrape went. */
  write(report: ScrapeReport, scrapedMs: number, withExtra: boolean): Uint8Array {
    const request = new MessageWriter();
    for (const [name, read] of withExtra ? [...ALWAYS, ...EXTRA] : ALWAYS) {
      this.#put(request, name, read(report), scrapedMs);
    }
    return request.finish();
  }

  /** There are no more scrapes, or no more of those series. */
  writeStale(timestampMs: number, which: "always" | "all" | "extra"): Uint8Array {
    const request = new MessageWriter();
    const series = { always: ALWAYS, all: [...ALWAYS, ...EXTRA], extra: EXTRA }[which];
    for (const [name] of series) this.#put(request, name, STALE_NAN_BITS, timestampMs);
    return request.finish();
  }

  #put(request: MessageWriter, name: string, value: number | bigint, timestampMs: number): void {
    const series = new MessageWriter();
    for (const label of this.#labelsOf(name)) series.bytes(LABELS, label);
    const sample = new MessageWriter();
    if (typeof value === "bigint") sample.doubleBits(1, value);
    else sample.double(1, value);
    sample.number(2, timestampMs);
    request.message(TIMESERIES, series.message(SAMPLES, sample));
  }

  #labelsOf(name: string): readonly Uint8Array[] {
    let encoded = this.#encoded.get(name);
    if (encoded === undefined) {
      encoded = reportLabels(name, this.#labels).map(([label, value]) =>
        new MessageWriter().text(NAME, label).text(VALUE, value).finish()
      );
      this.#encoded.set(name, encoded);
    }
    return encoded;
  }
}

/**
 * The labels of a report series. As in Prometheus each label of the target takes away one
 * of the same name behind `exported_` that came before it.
 */
export function reportLabels(name: string, ofTarget: Labels): [string, string][] {
  const labels = new Map([["__name__", name]]);
  const ordered = Object.entries(ofTarget).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [label, value] of ordered) {
    labels.delete(`exported_${label}`);
    labels.set(label, value);
  }
  return [...labels].sort(([a], [b]) => compareCodePoints(a, b));
}
