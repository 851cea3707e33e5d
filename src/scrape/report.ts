/** The series that say how a scrape went: `up` and those beside it. */
import { compareCodePoints } from "../relabel/compare.ts";
import { int64Bytes, MessageWriter, putInt64 } from "../protobuf.ts";
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

const WITH_EXTRA: readonly ReportSeries[] = [...ALWAYS, ...EXTRA];

// Fields of remote write 1.0 (prompb/types.proto).
const [TIMESERIES, LABELS, SAMPLES, NAME, VALUE] = [1, 1, 2, 1, 2];
const [SAMPLE_VALUE, SAMPLE_TIMESTAMP] = [1, 2];
const DOUBLE_BYTES = 8;

/** Writes the report series of one target, as the appender writes a request: they are its last part. */
export class ReportWriter {
  readonly #labels: Labels;
  /** What was written last. */
  #form: ReportForm | undefined;

  /** @param ofTarget those labels of the target that its series get */
  constructor(ofTarget: Labels) {
    this.#labels = ofTarget;
  }

  /** How a scrape went. The bytes are valid until the next call. */
  write(report: ScrapeReport, scrapedMs: number, withExtra: boolean): Uint8Array {
    const series = withExtra ? WITH_EXTRA : ALWAYS;
    if (!this.#form?.fits(series, scrapedMs)) {
      this.#form = new ReportForm(series, this.#labels, scrapedMs);
    }
    return this.#form.fill(report, scrapedMs);
  }

  /** There are no more scrapes, or no more of those series. */
  writeStale(timestampMs: number, which: "always" | "all" | "extra"): Uint8Array {
    const request = new MessageWriter();
    for (const [name] of { always: ALWAYS, all: WITH_EXTRA, extra: EXTRA }[which]) {
      const sample = new MessageWriter().doubleBits(SAMPLE_VALUE, STALE_NAN_BITS)
        .number(SAMPLE_TIMESTAMP, timestampMs);
      putSeries(request, reportLabels(name, this.#labels), sample);
    }
    return request.finish();
  }
}

/**
 * Report series of one target as a form that is filled in again and again: from scrape to
 * scrape nothing but values and timestamps changes, and those take as many bytes each time.
 */
class ReportForm {
  readonly #series: readonly ReportSeries[];
  readonly #timestampBytes: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the sample of each series ends: with its timestamp. */
  readonly #ends: readonly number[];

  constructor(series: readonly ReportSeries[], ofTarget: Labels, timestampMs: number) {
    this.#series = series;
    this.#timestampBytes = int64Bytes(timestampMs);
    const request = new MessageWriter();
    this.#ends = series.map(([name]) => {
      const sample = new MessageWriter().double(SAMPLE_VALUE, 0)
        .number(SAMPLE_TIMESTAMP, timestampMs);
      return putSeries(request, reportLabels(name, ofTarget), sample).length;
    });
    this.#bytes = request.finish();
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Whether these series at this time can be written into it. */
  fits(series: readonly ReportSeries[], timestampMs: number): boolean {
    return series === this.#series && int64Bytes(timestampMs) === this.#timestampBytes;
  }

  /** The bytes are valid until the next call. */
  fill(report: ScrapeReport, timestampMs: number): Uint8Array {
    this.#series.forEach(([, read], index) => {
      const timestampAt = this.#ends[index]! - this.#timestampBytes;
      putInt64(this.#bytes, timestampAt, timestampMs);
      // One byte between them: the timestamp's tag.
      this.#view.setFloat64(timestampAt - 1 - DOUBLE_BYTES, read(report), true);
    });
    return this.#bytes;
  }
}

/** Adds a series with one sample, which is its last part. */
function putSeries(
  request: MessageWriter,
  labels: readonly (readonly [string, string])[],
  sample: MessageWriter,
): MessageWriter {
  const series = new MessageWriter();
  for (const [name, value] of labels) {
    series.message(LABELS, new MessageWriter().text(NAME, name).text(VALUE, value));
  }
  return request.message(TIMESERIES, series.message(SAMPLES, sample));
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
