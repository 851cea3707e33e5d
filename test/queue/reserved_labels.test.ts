/** Labels that start with `__` are data to a relay: they pass, whatever the way in and out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions } from "../../src/options.ts";
import type { Labels, ProtobufMessage } from "../../src/types.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { compress, uncompress } from "../support/hysnappy.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";
import { bitsOf } from "../support/remote_write_v1.ts";
import type { LabelPairs, MetadataForm, RequestForm, SeriesForm } from "../support/signals.ts";
import { sorted } from "../roundtrip/arbitraries.ts";
import { contentOf } from "../roundtrip/expected.ts";
import { Rig } from "./support.ts";

const MESSAGES: Record<"v1" | "v2", ProtobufMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
};
const CONTENT = {
  v1: { contentType: "application/x-protobuf", contentEncoding: "snappy" },
  v2: {
    contentType: `application/x-protobuf;proto=${MESSAGES.v2}`,
    contentEncoding: "snappy",
  },
} as const;
const FORMATS = ["walq.metrics.v1", "alloy.metrics.queue.v1"] as const;

const labelsOf = (labels: Labels): LabelPairs => sorted(Object.entries(labels));

function sampleOf(labels: Labels, timestampMs: number, value: number): SeriesForm {
  const signal = {
    kind: "sample",
    timestampMs: BigInt(timestampMs),
    startMs: 0n,
    bits: bitsOf(value),
  } as const;
  return { labels: labelsOf(labels), signals: [signal] };
}

/** A pair of replicas, and what says of itself what it is. */
function seriesAt(nowMs: number): SeriesForm[] {
  return [
    sampleOf({ __name__: "up", cluster: "c1", __replica__: "a" }, nowMs, 1),
    sampleOf({ __name__: "up", cluster: "c1", __replica__: "b" }, nowMs, 0),
    sampleOf({ __name__: "req_total", __type__: "counter", __unit__: "seconds" }, nowMs, 2),
    sampleOf({ __name__: "about", __alloy_metadata_type__: "counter", __aaa: "first" }, nowMs, 3),
  ];
}

/** What the endpoint was sent, and the queue that did it. */
async function open(
  output: "v1" | "v2",
  format: (typeof FORMATS)[number],
  externalLabels: Labels = {},
  parallelism: number = 4,
) {
  const endpoint = {
    name: "one",
    url: "http://one/write",
    protobufMessage: MESSAGES[output],
    parallelism,
    externalLabels,
  };
  const rig = new Rig({ endpoints: [endpoint], persistence: { format } });
  const requests: RequestForm[] = [];
  rig.platform.http.script = ({ body }) => {
    const form = decodeRequest(uncompress(body!), output);
    requests.push(form);
    const written = Object.entries({
      samples: form.series.flatMap(({ signals }) => signals).length,
      histograms: 0,
      exemplars: 0,
    }).map(([kind, count]) => [`x-prometheus-remote-write-${kind}-written`, `${count}`] as const);
    return makeAnswer(204, "", Object.fromEntries(written));
  };
  await rig.open();
  return { rig, requests };
}

async function write(
  rig: Rig,
  series: readonly SeriesForm[],
  input: "v1" | "v2",
  metadata: readonly MetadataForm[] = [],
): Promise<void> {
  const bytes = compress(encodeRequest({ series, metadata }, input satisfies Version));
  const result = await rig.wait(rig.queue.write(bytes, CONTENT[input]));
  assert.deepEqual([result.accepted, result.invalid], [series.length + metadata.length, 0]);
}

for (const format of FORMATS) {
  for (const input of ["v1", "v2"] as const) {
    for (const output of ["v1", "v2"] as const) {
      test(`labels that start with "__" pass: ${input}, ${format}, ${output}`, async () => {
        const { rig, requests } = await open(output, format);
        const series = seriesAt(rig.nowMs());
        await write(rig, series, input);
        await rig.drain();
        assert.deepEqual(contentOf(requests), contentOf([{ series, metadata: [] }]));
        rig.checkSum();
        await rig.queue.close();
      });
    }
  }
}

test("what the appender is given passes too", async () => {
  const { rig, requests } = await open("v1", "walq.metrics.v1");
  const labels = { __name__: "up", __replica__: "a", __tenant__: "t" };
  const appender = rig.queue.appender();
  appender.append(labels, rig.nowMs(), 1);
  const wanted = [sampleOf(labels, rig.nowMs(), 1)];
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  assert.deepEqual(contentOf(requests), contentOf([{ series: wanted, metadata: [] }]));
  await rig.queue.close();
});

test("two series that differ in a replica alone are two, each in order, over all shards", async () => {
  const { rig, requests } = await open("v1", "walq.metrics.v1", {}, 7);
  const start = rig.nowMs();
  const all: SeriesForm[] = [];
  for (let at = 0; at < 5; at++) {
    const some = seriesAt(start + at);
    await write(rig, some, at % 2 === 0 ? "v1" : "v2");
    all.push(...some);
  }
  await rig.drain();
  assert.deepEqual(contentOf(requests), contentOf([{ series: all, metadata: [] }]));
  await rig.queue.close();
});

for (const output of ["v1", "v2"] as const) {
  test(`external labels may start with "__", and a series' own count: ${output}`, async () => {
    const external = { cluster: "outer", __replica__: "outer", __aaa: "outer", __zzz__: "outer" };
    const { rig, requests } = await open(output, "walq.metrics.v1", external);
    const series = seriesAt(rig.nowMs());
    await write(rig, series, "v1");
    await rig.drain();
    const wanted = series.map((one) => ({
      ...one,
      labels: labelsOf({ ...external, ...Object.fromEntries(one.labels) }),
    }));
    assert.deepEqual(contentOf(requests), contentOf([{ series: wanted, metadata: [] }]));
    await rig.queue.close();
  });
}

test("metadata in a file of Alloy's form stays metadata beside series with labels of that form", async () => {
  const { rig, requests } = await open("v1", "alloy.metrics.queue.v1");
  const metadata = [{ family: "about", type: 1, help: "What it is.", unit: "s" }];
  const series = seriesAt(rig.nowMs());
  await write(rig, series, "v1", metadata);
  await rig.drain();
  assert.deepEqual(contentOf(requests), contentOf([{ series, metadata }]));
  await rig.queue.close();
});

test('options take external labels whose names start with "__"', () => {
  const externalLabels = { cluster: "c1", __replica__: "a" };
  const endpoints = [{ name: "m", url: "http://m/", externalLabels }];
  const resolved = resolveOptions({ dataPath: "/data", endpoints });
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, externalLabels);
});
