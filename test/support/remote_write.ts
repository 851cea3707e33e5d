/**
 * Remote write requests by the official .proto files and protobufjs, which has
 * nothing in common with walq. Doubles are declared as fixed64 here: the bytes
 * are the same, and their bits survive.
 */
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import type {
  HistogramForm,
  LabelPairs,
  MetadataForm,
  RequestForm,
  SeriesForm,
  Signal,
} from "./signals.ts";

/** `appended` is what walq's own appender writes: 1.0 with start timestamps. */
export type Version = "v1" | "v2" | "appended";

const V1 = readFileSync("test/support/proto/v1.proto", "utf8");
const V2 = readFileSync("test/support/proto/v2.proto", "utf8");
const APPENDED = V1
  .replace("int64 timestamp = 2;", "int64 timestamp = 2; int64 start_timestamp = 3;")
  .replace("int64 timestamp = 15;", "int64 timestamp = 15; int64 start_timestamp = 17;");

const TYPES = {
  v1: load(V1, "prometheus.WriteRequest"),
  v2: load(V2, "io.prometheus.write.v2.Request"),
  appended: load(APPENDED, "prometheus.WriteRequest"),
} as const;

function load(proto: string, name: string): protobuf.Type {
  const bits = proto.replaceAll(/\bdouble\b/g, "fixed64");
  return protobuf.parse(bits, { keepCase: true }).root.lookupType(name);
}

// deno-lint-ignore no-explicit-any
type Loose = any;

/** Reads an uncompressed request. Prometheus's 2.0 has exemplars in a series of their own, which are not allowed here unless `isForeign`. */
export function decodeRequest(
  bytes: Uint8Array,
  version: Version,
  isForeign: boolean = false,
): RequestForm {
  const type = TYPES[version];
  const message = type.toObject(type.decode(bytes), {
    defaults: true,
    oneofs: true,
    arrays: true,
  });
  return version === "v2" ? fromV2(message, isForeign) : fromV1(message);
}

function fromV1(request: Loose): RequestForm {
  return {
    series: request.timeseries.map((series: Loose): SeriesForm => ({
      labels: pairs(series.labels),
      signals: [
        ...series.samples.map(sample),
        ...series.histograms.map(histogram),
        ...series.exemplars.map((one: Loose) => exemplar(one, pairs(one.labels))),
      ],
    })),
    metadata: request.metadata.map((one: Loose): MetadataForm => ({
      family: one.metric_family_name,
      type: one.type,
      help: one.help,
      unit: one.unit,
    })),
  };
}

function fromV2({ symbols, timeseries }: Loose, isForeign: boolean): RequestForm {
  if (timeseries.length > 0 && symbols[0] !== "") throw new Error("the first symbol is not empty");
  if (new Set(symbols).size !== symbols.length) throw new Error("a symbol comes twice");
  const text = (reference: number): string => {
    const found = symbols[reference];
    if (found === undefined) throw new Error(`no symbol ${reference} of ${symbols.length}`);
    return found;
  };
  const labelsOf = (refs: number[]): LabelPairs => {
    if (refs.length % 2 !== 0) throw new Error("an odd number of references");
    return refs.filter((_, i) => i % 2 === 0).map((name, i) =>
      [text(name), text(refs[i * 2 + 1]!)] as const
    );
  };
  return {
    metadata: [],
    series: timeseries.map((series: Loose): SeriesForm => {
      if (series.samples.length > 0 && series.histograms.length > 0) throw new Error("both kinds");
      const isEmpty = series.samples.length + series.histograms.length === 0;
      if (isEmpty && !isForeign) throw new Error("neither kind");
      const labels = labelsOf(series.labels_refs);
      const signals = [
        ...series.samples.map(sample),
        ...series.histograms.map(histogram),
        ...series.exemplars.map((one: Loose) => exemplar(one, labelsOf(one.labels_refs))),
      ];
      if (!series.metadata) return { labels, signals };
      const { type, help_ref, unit_ref } = series.metadata;
      const family = labels.find(([name]) => name === "__name__")?.[1] ?? "";
      return {
        labels,
        signals,
        metadata: { family, type, help: text(help_ref), unit: text(unit_ref) },
      };
    }),
  };
}

/** As protobufjs has a number of 64 bits. It would take and give text, too, which takes far longer. */
interface Long {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

const ZERO: Long = { low: 0, high: 0, unsigned: false };

function bigintOf(long: Long): bigint {
  const value = (BigInt(long.high) << 32n) | BigInt(long.low >>> 0);
  return long.unsigned ? BigInt.asUintN(64, value) : value;
}

function longOf(value: bigint): Long {
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low: Number(BigInt.asIntN(32, value)), high, unsigned: false };
}

function pairs(labels: Loose[]): LabelPairs {
  return labels.map(({ name, value }) => [name, value] as const);
}

function sample(one: Loose): Signal {
  return {
    kind: "sample",
    timestampMs: bigintOf(one.timestamp),
    startMs: bigintOf(one.start_timestamp ?? ZERO),
    bits: bigintOf(one.value),
  };
}

function exemplar(one: Loose, exemplarLabels: LabelPairs): Signal {
  return {
    kind: "exemplar",
    timestampMs: bigintOf(one.timestamp),
    bits: bigintOf(one.value),
    exemplarLabels,
  };
}

function histogram(one: Loose): Signal {
  const isFloat = one.count === "count_float";
  const spans = (list: Loose[]): (readonly [number, number])[] =>
    list.map(({ offset, length }) => [offset, length] as const);
  const form: HistogramForm = {
    isFloat,
    count: bigintOf(isFloat ? one.count_float : one.count_int),
    sum: bigintOf(one.sum),
    schema: one.schema,
    zeroThreshold: bigintOf(one.zero_threshold),
    zeroCount: bigintOf(
      one.zero_count === "zero_count_float" ? one.zero_count_float : one.zero_count_int,
    ),
    negativeSpans: spans(one.negative_spans),
    negative: (isFloat ? one.negative_counts : one.negative_deltas).map(bigintOf),
    positiveSpans: spans(one.positive_spans),
    positive: (isFloat ? one.positive_counts : one.positive_deltas).map(bigintOf),
    resetHint: one.reset_hint,
    customValues: one.custom_values.map(bigintOf),
  };
  return {
    kind: "histogram",
    timestampMs: bigintOf(one.timestamp),
    startMs: bigintOf(one.start_timestamp ?? ZERO),
    histogram: form,
  };
}

/** Writes an uncompressed request. */
export function encodeRequest(request: RequestForm, version: Version): Uint8Array {
  const type = TYPES[version];
  // Under Node it is a Buffer, of a pool, and its slice() no copy.
  const message = type.fromObject(version === "v2" ? toV2(request) : toV1(request));
  return Uint8Array.from(type.encode(message).finish());
}

function toV1({ series, metadata }: RequestForm): object {
  return {
    timeseries: series.map(({ labels, signals }) => ({
      labels: labels.map(([name, value]) => ({ name, value })),
      ...signalFields(
        signals,
        (pairs) => ({ labels: pairs.map(([name, value]) => ({ name, value })) }),
      ),
    })),
    metadata: metadata.map(({ family, type, help, unit }) => ({
      type,
      metric_family_name: family,
      help,
      unit,
    })),
  };
}

function toV2({ series }: RequestForm): object {
  const symbols = [""];
  const numbers = new Map([["", 0]]);
  const reference = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, symbols.length);
    return symbols.push(text) - 1;
  };
  const refs = (pairs: LabelPairs): { labels_refs: number[] } => ({
    labels_refs: pairs.flatMap(([name, value]) => [reference(name), reference(value)]),
  });
  const timeseries = series.map(({ labels, signals, metadata }) => ({
    ...refs(labels),
    ...signalFields(signals, refs),
    ...(metadata && {
      metadata: {
        type: metadata.type,
        help_ref: reference(metadata.help),
        unit_ref: reference(metadata.unit),
      },
    }),
  }));
  return { symbols, timeseries };
}

function signalFields(signals: readonly Signal[], labelsOf: (pairs: LabelPairs) => object): object {
  const samples: object[] = [];
  const histograms: object[] = [];
  const exemplars: object[] = [];
  for (const signal of signals) {
    const timestamp = longOf(signal.timestampMs);
    if (signal.kind === "exemplar") {
      exemplars.push({ ...labelsOf(signal.exemplarLabels), value: longOf(signal.bits), timestamp });
      continue;
    }
    const start_timestamp = longOf(signal.startMs);
    if (signal.kind === "sample") {
      samples.push({ value: longOf(signal.bits), timestamp, start_timestamp });
    } else histograms.push({ ...histogramFields(signal.histogram), timestamp, start_timestamp });
  }
  return { samples, histograms, exemplars };
}

function histogramFields(form: HistogramForm): object {
  const numbers = (list: readonly bigint[]): Long[] => list.map(longOf);
  const spans = (list: HistogramForm["positiveSpans"]): object[] =>
    list.map(([offset, length]) => ({ offset, length }));
  const common = {
    sum: longOf(form.sum),
    schema: form.schema,
    zero_threshold: longOf(form.zeroThreshold),
    negative_spans: spans(form.negativeSpans),
    positive_spans: spans(form.positiveSpans),
    reset_hint: form.resetHint,
    custom_values: numbers(form.customValues),
  };
  const count = longOf(form.count);
  const zeroCount = longOf(form.zeroCount);
  const negative = numbers(form.negative);
  const positive = numbers(form.positive);
  return form.isFloat
    ? {
      ...common,
      count_float: count,
      zero_count_float: zeroCount,
      negative_counts: negative,
      positive_counts: positive,
    }
    : {
      ...common,
      count_int: count,
      zero_count_int: zeroCount,
      negative_deltas: negative,
      positive_deltas: positive,
    };
}
