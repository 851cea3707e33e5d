/**
 * What becomes of OTLP metrics, against the handler of Prometheus 3.16: the same series,
 * values, histograms, start times, exemplars and metadata, by each of its strategies.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { readOtlp } from "../../src/otlp/content.ts";
import { type OtlpOptions, resolveOtlp } from "../../src/otlp/settings.ts";
import { translate } from "../../src/otlp/translate.ts";
import type { Histogram } from "../../src/types.ts";
import { CORPUS, REFUSED } from "../otlp/corpus.ts";
import { DeltaStreams } from "../../src/otlp/delta/delta_streams.ts";
import { SEQUENCES } from "../otlp/delta_corpus.ts";
import { RecordingSink, type Row } from "../otlp/recording_sink.ts";
import { encodeOtlp, jsonOtlp, type OtlpJson } from "../support/otlp.ts";
import { buildWhenAsked } from "./support/built_by_go.ts";

const BYTES_MAX = 1 << 24;
const STALE = "7ff0000000000002";

/** Each key of the block, alone and beside others. */
const SETTINGS: readonly OtlpOptions[] = [
  {},
  { translationStrategy: "UnderscoreEscapingWithoutSuffixes" },
  { translationStrategy: "NoUTF8EscapingWithSuffixes" },
  { translationStrategy: "NoTranslation" },
  { promoteResourceAttributes: ["k8s.pod.name", "service.name", "1st", "host.cpus"] },
  { promoteAllResourceAttributes: true, ignoreResourceAttributes: ["host.cpus"] },
  {
    promoteAllResourceAttributes: true,
    translationStrategy: "NoTranslation",
    promoteScopeMetadata: true,
  },
  { keepIdentifyingResourceAttributes: true, promoteScopeMetadata: true },
  { convertHistogramsToNhcb: true },
  { labelNameUnderscoreSanitization: false },
  { typeAndUnitLabels: true },
  { typeAndUnitLabels: true, translationStrategy: "NoTranslation", promoteScopeMetadata: true },
  { labelNamePreserveMultipleUnderscores: false },
  {
    labelNameUnderscoreSanitization: false,
    labelNamePreserveMultipleUnderscores: false,
    translationStrategy: "UnderscoreEscapingWithoutSuffixes",
  },
];

interface GoHistogram {
  readonly hint: number;
  readonly schema: number;
  readonly count: number;
  readonly sumBits: string;
  readonly zeroThreshold: string;
  readonly zeroCount: number;
  readonly positiveSpans: readonly (readonly [number, number])[];
  readonly positive: readonly number[];
  readonly negativeSpans: readonly (readonly [number, number])[];
  readonly negative: readonly number[];
  readonly custom: readonly number[];
  readonly invalid?: string;
}

interface GoAnswer {
  readonly status: number;
  readonly text: string;
  readonly committed: boolean;
  readonly rows: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly start: number;
    readonly time: number;
    readonly bits?: string;
    readonly histogram?: GoHistogram;
    readonly exemplars: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly bits: string;
      readonly time: number;
    }[];
    readonly family: string;
    readonly type: string;
    readonly help: string;
    readonly unit: string;
  }[];
}

/** One request by one block. */
interface Case {
  readonly name: string;
  readonly options: OtlpOptions;
  /** Of a sequence that one receiver takes: its place, from 0. */
  readonly place?: number;
  readonly request: OtlpJson;
  readonly form: "protobuf" | "json";
}

const { path, skip } = buildWhenAsked("otlp");

function casesOf(requests: Readonly<Record<string, OtlpJson>>): Case[] {
  return SETTINGS.flatMap((options) =>
    Object.entries(requests).flatMap(([name, request]) =>
      (["protobuf", "json"] as const).map((form) => ({ name, options, request, form }))
    )
  );
}

function bytesOf({ request, form }: Case): Uint8Array {
  return form === "json" ? jsonOtlp(request) : encodeOtlp(request);
}

/** What Prometheus makes of each. */
function askGo(cases: readonly Case[]): GoAnswer[] {
  const input = cases.map((one) => {
    const { deltas, typeAndUnitLabels, ...block } = one.options;
    const snake = Object.entries(block).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]);
    return JSON.stringify({
      Config: JSON.stringify({ otlp: Object.fromEntries(snake) }),
      ContentType: one.form === "json" ? "application/json" : "application/x-protobuf",
      Body: Buffer.from(bytesOf(one)).toString("base64"),
      Place: one.place ?? 0,
      ConvertDelta: deltas === "cumulative",
      NativeDelta: deltas === "native",
      TypeAndUnit: typeAndUnitLabels ?? false,
    });
  });
  const { stdout, stderr, status } = spawnSync(path, [], {
    input: input.join("\n") + "\n",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Number.isNaN(value) ? "NaN" : view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** Of NaNs only the stale marker is told from others. */
function goBits(bits: string): string {
  const padded = bits.padStart(16, "0");
  if (padded === STALE) return "stale";
  return /^[7f]ff[^0]|^[7f]ff0.*[^0]/.test(padded) ? "NaN" : padded;
}

function goValue({ bits, histogram }: GoAnswer["rows"][number]): unknown {
  if (histogram === undefined) return goBits(bits!);
  // walq marks the end of a histogram as that of any series, with a plain marker.
  const sum = goBits(histogram.sumBits);
  if (sum === "stale") return sum;
  assert.equal(histogram.invalid, undefined);
  return { ...histogram, sumBits: sum, zeroThreshold: goBits(histogram.zeroThreshold) };
}

function histogramOf(given: Histogram): unknown {
  assert.equal(given.type, "integer");
  const { positive, negative } = given as Extract<Histogram, { type: "integer" }>;
  const spansOf = (side: typeof positive): number[][] =>
    (side?.spans ?? []).map(({ offset, length }) => [offset, length]);
  return {
    hint: given.resetHint === "gauge" ? 3 : 0,
    schema: given.schema,
    count: given.count,
    sumBits: bitsOf(given.sum),
    zeroThreshold: bitsOf(given.zeroThreshold ?? 0),
    zeroCount: given.zeroCount ?? 0,
    positiveSpans: spansOf(positive),
    positive: positive?.deltas ?? [],
    negativeSpans: spansOf(negative),
    negative: negative?.deltas ?? [],
    custom: given.customValues ?? [],
  };
}

function valueOf(value: Row["value"]): unknown {
  if (value === "stale") return value;
  return typeof value === "number" ? bitsOf(value) : histogramOf(value);
}

function sortedEntries(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => a < b ? -1 : 1);
}

function rowsOfGo({ rows }: GoAnswer): unknown[] {
  return rows.map((row) => {
    const value = goValue(row);
    return {
      labels: sortedEntries(row.labels),
      // A stale marker of walq's appender has no start.
      start: value === "stale" ? 0 : row.start,
      time: row.time,
      value,
      exemplars: row.exemplars.map((one) => ({
        labels: sortedEntries(one.labels),
        value: goBits(one.bits),
        time: one.time,
      })),
    };
  });
}

function rowsOf({ rows }: RecordingSink): unknown[] {
  return rows.map(({ labels, startMs, timeMs, value, exemplars }) => ({
    labels: sortedEntries(labels),
    start: startMs,
    time: timeMs,
    value: valueOf(value),
    exemplars: exemplars.map((one) => ({
      labels: sortedEntries(one.labels),
      value: bitsOf(one.value),
      time: one.timestampMs,
    })),
  }));
}

function metadataOfGo({ rows }: GoAnswer): unknown {
  const all = rows.map(({ family, type, help, unit }) => [family, { type, help, unit }] as const);
  return Object.fromEntries(all);
}

function metadataOf({ metadata }: RecordingSink): unknown {
  const all = [...metadata].map(([family, { type, help = "", unit = "" }]) =>
    [family, { type, help, unit }] as const
  );
  return Object.fromEntries(all);
}

function take(one: Case): { sink: RecordingSink; refused: number; warnings: readonly string[] } {
  const sink = new RecordingSink();
  const settings = resolveOtlp(one.options);
  const resources = readOtlp(bytesOf(one), one.form);
  const { refused, warnings } = translate(resources, sink, { settings, bytesMax: BYTES_MAX });
  return { sink, refused, warnings };
}

/** The buckets that hold something: of sums Prometheus keeps empty ones at the ends. */
function withoutEmpty(row: unknown): unknown {
  const { value, ...rest } = row as { value: Partial<GoHistogram> | string };
  if (typeof value === "string") return row;
  const { positiveSpans, positive, negativeSpans, negative, ...others } = value;
  const filled = {
    positive: bucketsOf(positiveSpans!, positive!),
    negative: bucketsOf(negativeSpans!, negative!),
  };
  return { ...rest, value: { ...others, ...filled } };
}

function bucketsOf(
  spans: readonly (readonly [number, number])[],
  deltas: readonly number[],
): [number, number][] {
  const buckets: [number, number][] = [];
  let index = 0;
  let count = 0;
  let place = 0;
  for (const [offset, length] of spans) {
    index += offset;
    for (const end = index + length; index < end; index++) {
      count += deltas[place++]!;
      if (count !== 0) buckets.push([index, count]);
    }
  }
  return buckets;
}

/** Prometheus tells target_info of the points that are left, walq of those that came. */
function withoutTarget(rows: readonly unknown[]): unknown[] {
  const named = rows as { labels: readonly [string, string][] }[];
  return named.filter(({ labels }) => labels[0]![1] !== "target_info");
}

describe("OTLP against the handler of Prometheus 3.16", { skip }, () => {
  it("becomes the same series, with all that they have", () => {
    const cases = casesOf(CORPUS);
    const answers = askGo(cases);
    assert.equal(answers.length, cases.length);
    let rows = 0;
    for (const [index, one] of cases.entries()) {
      const what = `${one.name}, ${one.form}, ${JSON.stringify(one.options)}`;
      const answer = answers[index]!;
      const { sink, refused } = take(one);
      assert.equal(answer.status, 200, `${what}: ${answer.text}`);
      assert.equal(refused, 0, what);
      assert.deepEqual(rowsOf(sink), rowsOfGo(answer), what);
      assert.deepEqual(metadataOf(sink), metadataOfGo(answer), what);
      rows += sink.rows.length;
    }
    assert.equal(rows, 5_032);
  });

  it("refuses the same points, of which walq takes the others of their request", () => {
    const cases = casesOf(REFUSED);
    const answers = askGo(cases);
    for (const [index, one] of cases.entries()) {
      const { refused, warnings } = take(one);
      const { status, text } = answers[index]!;
      const what = `${one.name}, ${JSON.stringify(one.options)}: ${text}`;
      // What has no points has none that could be refused.
      assert.equal(status === 200, refused === 0 && warnings.length === 0, what);
    }
  });

  it("makes the same sums of delta temporality", () => {
    let rows = 0;
    for (const convertHistogramsToNhcb of [false, true]) {
      const options: OtlpOptions = { deltas: "cumulative", convertHistogramsToNhcb };
      for (const [name, requests] of Object.entries(SEQUENCES)) {
        const cases = requests.map((request, place): Case => ({
          name,
          options,
          request,
          form: place % 2 === 0 ? "protobuf" : "json",
          place,
        }));
        const answers = askGo(cases);
        const streams = new DeltaStreams({ monotonicMs: () => 0 });
        const settings = resolveOtlp(options);
        for (const [place, one] of cases.entries()) {
          const sink = new RecordingSink();
          const round = streams.begin(settings.deltaBounds);
          const resources = readOtlp(bytesOf(one), one.form);
          translate(resources, sink, { settings, bytesMax: BYTES_MAX, round });
          round.settle(true);
          const what = `${name}, request ${place}`;
          const told = rowsOfGo(answers[place]!).map(withoutEmpty);
          assert.deepEqual(
            withoutTarget(rowsOf(sink).map(withoutEmpty)),
            withoutTarget(told),
            what,
          );
          rows += sink.rows.length;
        }
      }
    }
    assert.equal(rows, 128);
  });

  it("keeps delta temporality as it is, where that is asked for", () => {
    const all = Object.entries(SEQUENCES);
    for (const convertHistogramsToNhcb of [false, true]) {
      const options: OtlpOptions = {
        deltas: "native",
        convertHistogramsToNhcb,
        typeAndUnitLabels: true,
      };
      const cases = all.flatMap(([name, requests]) =>
        requests.map((request): Case => ({ name, options, request, form: "protobuf" }))
      );
      const answers = askGo(cases);
      for (const [place, one] of cases.entries()) {
        const { sink } = take(one);
        assert.deepEqual(rowsOf(sink), rowsOfGo(answers[place]!), one.name);
        assert.deepEqual(metadataOf(sink), metadataOfGo(answers[place]!), one.name);
      }
    }
  });
});
