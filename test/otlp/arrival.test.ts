/** Through the queue, its files and remote write 2.0: what OTLP becomes arrives as it was translated. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOtlp } from "../../src/otlp/content.ts";
import { type OtlpOptions, resolveOtlp } from "../../src/otlp/settings.ts";
import { translate } from "../../src/otlp/translate.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import type { IntegerHistogram } from "../../src/types.ts";
import { otlpHandler } from "../../receiver.ts";
import { Rig } from "../queue/support.ts";
import { bitsOf } from "../support/endpoint_double.ts";
import { uncompress } from "../support/hysnappy.ts";
import { encodeOtlp, type OtlpJson } from "../support/otlp.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { Signal } from "../support/signals.ts";
import { CORPUS } from "./corpus.ts";
import { RecordingSink, type Row } from "./recording_sink.ts";
// Loaded with the first request; virtual time does not wait for that.
import "../../src/receive/otlp.ts";

const V2 = "io.prometheus.write.v2.Request";
const STALE = 0x7ff0_0000_0000_0002n;
const KINDS = ["sums", "gauges", "histograms", "native histograms", "summaries"] as const;
const TYPES = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary"];

function textOf(signal: unknown): string {
  return JSON.stringify(signal, (_, value) => typeof value === "bigint" ? `${value}` : value);
}

/** The signals of each series, and what is said of it. */
type Arrived = Map<string, string[]>;

function keyOf(labels: readonly (readonly [string, string])[]): string {
  return labels.map((pair) => pair.join("=")).sort().join(",");
}

function put(arrived: Arrived, key: string, ...texts: readonly string[]): void {
  const known = arrived.get(key) ?? [];
  arrived.set(key, known);
  for (const text of texts) if (!known.includes(text)) known.push(text);
}

function histogramForm(
  given: IntegerHistogram,
): Extract<Signal, { kind: "histogram" }>["histogram"] {
  const spansOf = (side: "positive" | "negative"): [number, number][] =>
    (given[side]?.spans ?? []).map(({ offset, length }) => [offset, length]);
  const deltasOf = (side: "positive" | "negative"): bigint[] =>
    (given[side]?.deltas ?? []).map((delta) => BigInt(delta));
  return {
    isFloat: false,
    count: BigInt(given.count),
    sum: bitsOf(given.sum),
    schema: given.schema,
    zeroThreshold: bitsOf(given.zeroThreshold ?? 0),
    zeroCount: BigInt(given.zeroCount ?? 0),
    negativeSpans: spansOf("negative"),
    negative: deltasOf("negative"),
    positiveSpans: spansOf("positive"),
    positive: deltasOf("positive"),
    resetHint: 0,
    customValues: (given.customValues ?? []).map(bitsOf),
  };
}

function signalOf({ value, timeMs, startMs }: Row): Signal {
  const times = { timestampMs: BigInt(timeMs), startMs: BigInt(startMs) };
  if (value === "stale") return { kind: "sample", ...times, bits: STALE };
  if (typeof value === "number") return { kind: "sample", ...times, bits: bitsOf(value) };
  return { kind: "histogram", ...times, histogram: histogramForm(value as IntegerHistogram) };
}

function expected(request: OtlpJson, options: OtlpOptions): Arrived {
  const sink = new RecordingSink();
  const how = { settings: resolveOtlp(options), bytesMax: 1 << 24 };
  translate(readOtlp(encodeOtlp(request), "protobuf"), sink, how);
  const arrived: Arrived = new Map();
  for (const row of sink.rows) {
    const key = keyOf(Object.entries(row.labels));
    const name = row.labels["__name__"]!;
    const family = [name, name.replace(/_(?:sum|count|bucket)$/, "")]
      .find((one) => sink.metadata.has(one))!;
    const { type, help = "", unit = "" } = sink.metadata.get(family)!;
    put(arrived, key, textOf(signalOf(row)), textOf({ type, help, unit }));
    for (const { labels, value, timestampMs } of row.exemplars) {
      put(
        arrived,
        key,
        textOf(["exemplar", keyOf(Object.entries(labels)), bitsOf(value), timestampMs]),
      );
    }
  }
  return arrived;
}

/** Returns how many signals of each kind there were. */
function take(arrived: Arrived, body: Uint8Array): Record<Signal["kind"], number> {
  const counts = { sample: 0, histogram: 0, exemplar: 0 };
  for (const { labels, signals, metadata } of decodeRequest(uncompress(body), "v2").series) {
    const key = keyOf(labels);
    const { type, help, unit } = metadata!;
    put(arrived, key, textOf({ type: TYPES[type], help, unit }));
    for (const signal of signals) {
      counts[signal.kind]++;
      if (signal.kind !== "exemplar") put(arrived, key, textOf(signal));
      else {
        const { exemplarLabels, bits, timestampMs } = signal;
        put(arrived, key, textOf(["exemplar", keyOf(exemplarLabels), bits, Number(timestampMs)]));
      }
    }
  }
  return counts;
}

function sorted(arrived: Arrived): unknown {
  return [...arrived].map(([key, texts]) => [key, texts.sort()]).sort();
}

for (
  const options of [{}, {
    convertHistogramsToNhcb: true,
    translationStrategy: "NoTranslation",
  }] as const
) {
  for (const kind of KINDS) {
    test(`${kind} arrive as they were translated, by ${JSON.stringify(options)}`, async () => {
      const endpoint = { name: "one", url: "http://one/write", protobufMessage: V2 } as const;
      const rig = await new Rig({ endpoints: [endpoint] }).open();
      const arrived: Arrived = new Map();
      rig.platform.http.script = ({ body }) => {
        const counts = take(arrived, body!);
        const written = Object.entries(counts).map(([kind, count]) =>
          [`x-prometheus-remote-write-${kind}s-written`, `${count}`] as const
        );
        return makeAnswer(204, undefined, Object.fromEntries(written));
      };
      const headers = { "content-type": "application/x-protobuf" };
      const body = encodeOtlp(CORPUS[kind]!) as BodyInit;
      const request = new Request("http://host/v1/metrics", { method: "POST", headers, body });
      const answer = await rig.wait(otlpHandler(rig.queue, { otlp: options })(request));
      assert.equal(answer.status, 200);
      assert.equal((await answer.arrayBuffer()).byteLength, 0);
      await rig.drain();
      assert.deepEqual(sorted(arrived), sorted(expected(CORPUS[kind]!, options)));
    });
  }
}
