/** What the kernel and the slow twin make of pages, in one form that can be compared. */
import type { PageRules, SeriesRelabel, TargetPages } from "../../src/contracts.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { HistogramForm } from "../support/signals.ts";
import type { TwinFamily, TwinHistogram } from "./twin/page_model.ts";
import type { TwinRequest, TwinSent } from "./twin/page_target.ts";

/** A series that is sent. Numbers are texts: bits of doubles in hexadecimal digits. */
export interface SentForm {
  readonly labels: string;
  readonly value: string;
  readonly timestampMs: string;
  readonly startMs: string;
  readonly exemplars: readonly string[];
}

export interface PageForm {
  readonly sent: readonly SentForm[];
  readonly families: readonly string[];
}

/** The bits that a NaN in a text is. */
const NAN_BITS = 0x7ff8_0000_0000_0001n;
const STALE_BITS = 0x7ff0_0000_0000_0002n;

export const RULES: PageRules = {
  protocol: "PrometheusText0.0.4",
  scrapedMs: 1_700_000_000_000,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  latestMs: 1_700_000_600_000,
  nativeHistograms: false,
  alwaysClassic: false,
  convertToCustomBuckets: false,
  readsCreated: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  sampleLimit: 0,
  handlesOf: 0,
};

/** Puts labels in order, and changes nothing else. */
export const inOrder: SeriesRelabel = (labels) =>
  labels.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

export function bitsOf(number: number): bigint {
  if (Number.isNaN(number)) return NAN_BITS;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0);
}

/** What the target has to send for the page that it has read. */
export function formOf(target: TargetPages, metadata: "changed" | "all" = "all"): PageForm {
  const { series, metadata: families } = decodeRequest(target.write(metadata), "appended");
  const sent = series.map(({ labels, signals }): SentForm => {
    const exemplars: string[] = [];
    let value = "";
    let timestampMs = "";
    let startMs = "";
    for (const signal of signals) {
      if (signal.kind === "exemplar") {
        const own = JSON.stringify(signal.exemplarLabels);
        exemplars.push(`${own} ${hex(signal.bits)} ${signal.timestampMs}`);
        continue;
      }
      if (value !== "") throw new Error(`two values of ${JSON.stringify(labels)}`);
      value = signal.kind === "sample" ? hex(signal.bits) : histogramText(signal.histogram);
      timestampMs = String(signal.timestampMs);
      startMs = String(signal.startMs);
    }
    return { labels: JSON.stringify(labels), value, timestampMs, startMs, exemplars };
  });
  return {
    sent,
    families: families.map(({ family, type, help, unit }) =>
      familyText(family, { type: TYPES[type]!, help, unit })
    ).sort(),
  };
}

/** The types of prompb by their numbers. */
export const TYPES: readonly string[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

export function familyText(name: string, { type, help, unit }: Omit<TwinFamily, "said">): string {
  return JSON.stringify([name, type, help, unit]);
}

/** The same of the twin. Stale markers have no order in it. */
export function twinForm(
  { sent, families, newFamilies }: TwinRequest,
  metadata: "changed" | "all" = "all",
): PageForm {
  const told = metadata === "all" ? families : newFamilies;
  return {
    sent: sent.map(sentForm),
    families: Array.from(told, ([name, family]) => familyText(name, family)).sort(),
  };
}

function sentForm({ labels, value, timestampMs, startMs, exemplars }: TwinSent): SentForm {
  return {
    labels: JSON.stringify(labels),
    value: value === "stale"
      ? hex(STALE_BITS)
      : typeof value === "number"
      ? hex(bitsOf(value))
      : twinHistogramText(value),
    timestampMs: String(timestampMs),
    startMs: String(startMs),
    exemplars: exemplars.map((one) =>
      `${JSON.stringify(one.labels)} ${hex(bitsOf(one.value))} ${one.timestampMs}`
    ),
  };
}

/** Stale markers at the end, in an order that does not depend on when their series came. */
export function inAnyEnd(form: PageForm): PageForm {
  const isStale = ({ value }: SentForm): boolean => value === hex(STALE_BITS);
  const stale = form.sent.filter(isStale)
    .toSorted((a, b) => a.labels < b.labels ? -1 : 1);
  return { ...form, sent: [...form.sent.filter((one) => !isStale(one)), ...stale] };
}

function hex(bits: bigint): string {
  return bits.toString(16);
}

function histogramText(histogram: HistogramForm): string {
  const { isFloat } = histogram;
  const number = (value: bigint): string => isFloat ? hex(value) : String(value);
  return JSON.stringify({
    ...histogram,
    count: number(histogram.count),
    zeroCount: number(histogram.zeroCount),
    sum: hex(histogram.sum),
    zeroThreshold: hex(histogram.zeroThreshold),
    negative: histogram.negative.map(number),
    positive: histogram.positive.map(number),
    customValues: histogram.customValues.map(hex),
  });
}

/** A histogram of the twin, with the spans and the deltas that it is sent with. */
function twinHistogramText(histogram: TwinHistogram): string {
  const { isFloat } = histogram;
  const sides = [histogram.negative, histogram.positive].map((buckets) => {
    const spans: [number, number][] = [];
    const values: string[] = [];
    let next = 0;
    let before = 0;
    for (const [index, count] of buckets) {
      const span = spans.at(-1);
      if (span && index === next) span[1]++;
      else spans.push([index - next, 1]);
      next = index + 1;
      values.push(isFloat ? hex(bitsOf(count)) : String(count - before));
      before = count;
    }
    return { spans, values };
  });
  const number = (value: number): string => isFloat ? hex(bitsOf(value)) : String(value);
  return JSON.stringify({
    isFloat,
    count: number(histogram.count),
    sum: hex(bitsOf(histogram.sum)),
    schema: histogram.schema,
    zeroThreshold: hex(bitsOf(histogram.zeroThreshold)),
    zeroCount: number(histogram.zeroCount),
    negativeSpans: sides[0]!.spans,
    negative: sides[0]!.values,
    positiveSpans: sides[1]!.spans,
    positive: sides[1]!.values,
    resetHint: histogram.isGauge ? 3 : 0,
    customValues: histogram.bounds.map((bound) => hex(bitsOf(bound))),
  });
}
