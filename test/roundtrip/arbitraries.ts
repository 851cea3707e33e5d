/** Random signals of every kind, valid by the rules of Prometheus. */
import fc from "fast-check";
import type {
  HistogramForm,
  LabelPairs,
  MetadataForm,
  SeriesForm,
  Signal,
} from "../support/signals.ts";

const bitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};

export const STALE: bigint = 0x7ff0_0000_0000_0002n;

const bits: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(
    0n,
    1n << 63n,
    STALE,
    0x7ff8_0000_0000_0001n,
    bitsOf(Infinity),
    bitsOf(-Infinity),
  ),
  fc.integer().map(bitsOf),
  fc.integer({ min: 0, max: 200 }).map(bitsOf),
  fc.maxSafeInteger().map(bitsOf),
  fc.double().map(bitsOf),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const timestamp: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_100_000n }),
  fc.constant(1_700_000_000_000n),
  fc.bigInt({ min: -100n, max: 100n }).filter((ms) => ms !== 0n),
  fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }).filter((ms) => ms !== 0n),
);

const start: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1_600_000_000_000n, max: 1_600_000_000_100n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }) },
);

const text: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "b", "eu-west-1", "host-1:9100", "200", "x".repeat(150)),
  },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }) },
);

const NAMES = ["__a", "__replica__", "a", "instance", "job", "le", "path", "région", "z"];

/** By the bytes of the names, as Prometheus sorts. */
export function sorted(pairs: LabelPairs): LabelPairs {
  const encoder = new TextEncoder();
  const key = (name: string): string =>
    [...encoder.encode(name)].map((byte) => String.fromCharCode(byte)).join("");
  return pairs.toSorted(([a], [b]) => key(a) < key(b) ? -1 : 1);
}

export const FAMILIES: readonly string[] = ["up", "requests", "latency_seconds", "größe"];

const labels: fc.Arbitrary<LabelPairs> = fc.tuple(
  fc.constantFrom(...FAMILIES, "requests_total", "latency_seconds_bucket", "other"),
  fc.subarray(NAMES),
  fc.array(text, { minLength: NAMES.length, maxLength: NAMES.length }),
).map(([name, names, values]) =>
  sorted([["__name__", name], ...names.map((label, i) => [label, values[i]!] as const)])
);

const exemplarLabels: fc.Arbitrary<LabelPairs> = fc.array(
  fc.tuple(fc.constantFrom("trace_id", "span_id", "user"), text),
  { maxLength: 3 },
).map((pairs) => sorted([...new Map(pairs)]));

const exemplar: fc.Arbitrary<Signal> = fc.record({
  kind: fc.constant("exemplar" as const),
  timestampMs: fc.oneof(timestamp, fc.constant(0n)),
  bits,
  exemplarLabels,
});

const sample: fc.Arbitrary<Signal> = fc.record({
  kind: fc.constant("sample" as const),
  timestampMs: timestamp,
  startMs: start,
  bits,
});

type Side = { spans: (readonly [number, number])[]; counts: number[] };

const side = (first: fc.Arbitrary<number>): fc.Arbitrary<Side> =>
  fc.array(fc.tuple(fc.nat(4), fc.array(fc.nat(1000), { maxLength: 4 })), { maxLength: 3 }).chain(
    (parts) =>
      first.map((offset) => ({
        spans: parts.map(([gap, counts], i) => [i === 0 ? offset : gap, counts.length] as const),
        counts: parts.flatMap(([, counts]) => counts),
      })),
  );

const deltasOf = (counts: readonly number[]): bigint[] =>
  counts.map((count, i) => BigInt(count - (counts[i - 1] ?? 0)));

function formOf(parts: {
  isFloat: boolean;
  sum: bigint;
  schema: number;
  threshold: number;
  zero: number;
  negative: Side;
  positive: Side;
  resetHint: number;
  customValues: readonly number[];
}): HistogramForm {
  const { isFloat, negative, positive, zero } = parts;
  const count = [...negative.counts, ...positive.counts].reduce((all, one) => all + one, zero);
  const buckets = (counts: readonly number[]): bigint[] =>
    isFloat ? counts.map((one) => bitsOf(one + 0.5)) : deltasOf(counts);
  return {
    isFloat,
    count: isFloat ? bitsOf(count) : BigInt(count),
    sum: parts.sum,
    schema: parts.schema,
    zeroThreshold: bitsOf(parts.threshold),
    zeroCount: isFloat ? bitsOf(zero) : BigInt(zero),
    negativeSpans: negative.spans,
    negative: buckets(negative.counts),
    positiveSpans: positive.spans,
    positive: buckets(positive.counts),
    resetHint: parts.resetHint,
    customValues: parts.customValues.map(bitsOf),
  };
}

const NO_SIDE: Side = { spans: [], counts: [] };

const exponential: fc.Arbitrary<HistogramForm> = fc.record({
  isFloat: fc.boolean(),
  sum: bits,
  schema: fc.integer({ min: -4, max: 8 }),
  threshold: fc.constantFrom(0, 1e-128, 0.001),
  zero: fc.nat(100),
  negative: side(fc.integer({ min: -20, max: 20 })),
  positive: side(fc.integer({ min: -20, max: 20 })),
  resetHint: fc.nat(3),
  customValues: fc.constant([]),
}).map(formOf);

const custom: fc.Arbitrary<HistogramForm> = fc.record({
  isFloat: fc.boolean(),
  sum: bits,
  resetHint: fc.nat(3),
  counts: fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
}).map(({ isFloat, sum, resetHint, counts }) =>
  formOf({
    isFloat,
    sum,
    schema: -53,
    threshold: 0,
    zero: 0,
    negative: NO_SIDE,
    positive: { spans: [[0, counts.length]], counts },
    resetHint,
    customValues: counts.map((_, i) => i * 1.5 + 0.1),
  })
);

const stale: fc.Arbitrary<HistogramForm> = fc.boolean().map((isFloat) =>
  formOf({
    isFloat,
    sum: STALE,
    schema: 0,
    threshold: 0,
    zero: 0,
    negative: NO_SIDE,
    positive: NO_SIDE,
    resetHint: 0,
    customValues: [],
  })
);

const histogram: fc.Arbitrary<Signal> = fc.record({
  kind: fc.constant("histogram" as const),
  timestampMs: timestamp,
  startMs: start,
  histogram: fc.oneof(exponential, custom, stale),
});

const metadata: fc.Arbitrary<MetadataForm> = fc.record({
  family: fc.constantFrom(...FAMILIES),
  type: fc.nat(7),
  help: fc.constantFrom("", "What it is.", "Größe in Byte"),
  unit: fc.constantFrom("", "seconds"),
});

/** A series as both versions can have it: samples or histograms, then exemplars. */
const series: fc.Arbitrary<SeriesForm> = fc.tuple(
  labels,
  fc.oneof(
    { weight: 3, arbitrary: fc.array(sample, { minLength: 1, maxLength: 4 }) },
    { weight: 2, arbitrary: fc.array(histogram, { minLength: 1, maxLength: 3 }) },
  ),
  fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, {
    weight: 1,
    arbitrary: fc.array(exemplar, { maxLength: 3 }),
  }),
).map(([labels, signals, exemplars]) => ({ labels, signals: [...signals, ...exemplars] }));

/** Series that come again and again, and metadata of their families, at most one entry a family. */
export const content: fc.Arbitrary<{ series: SeriesForm[]; metadata: MetadataForm[] }> = fc.record({
  series: fc.array(series, { maxLength: 12 }).chain((some) =>
    fc.array(fc.nat(20), { maxLength: 6 }).map((again) =>
      some.length === 0 ? some : [...some, ...again.map((i) => some[i % some.length]!)]
    )
  ),
  metadata: fc.array(metadata, { maxLength: 3 }).map((all) => [
    ...new Map(all.map((one) => [one.family, one])).values(),
  ]),
});
