/** What senders have is taken, however dense or large; the bounds are for what nobody has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddOptions } from "../../src/contracts.ts";
import { resolveOptions } from "../../src/options.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { LabelPairs, SeriesForm, Signal } from "../support/signals.ts";
import { assertCode, drain, kernel, NO_LIMITS, ONE_SHARD } from "./support.ts";
import { concat } from "./twin/model.ts";
import { message } from "./twin/request_write.ts";

const MIB = 1024 * 1024;
const NOW_MS = 1_795_000_000_000;
const V2 = "io.prometheus.write.v2.Request";

/** By the limits that a user has who sets none. */
const { uncompressedBytesMax } = resolveOptions({
  dataPath: "data",
  endpoints: [{ name: "one", url: "http://one/" }],
});
const DEFAULTS: AddOptions = { ...NO_LIMITS, uncompressedBytesMax };

const sampleAt = (timestampMs: number, bits: bigint): Signal => ({
  kind: "sample",
  timestampMs: BigInt(timestampMs),
  startMs: 0n,
  bits,
});

/** Ten labels as a scrape has them: some the same in all series, some of a few values, one of its own. */
function tenLabels(n: number): LabelPairs {
  return [
    ["__name__", `container_cpu_usage_seconds_total`],
    ["cluster", "eu-west-1-production"],
    ["container", `container-${n % 40}`],
    ["cpu", `${n % 8}`],
    ["endpoint", "https-metrics"],
    ["instance", `10.0.${n % 200}.17:10250`],
    ["job", "kubelet"],
    ["namespace", `namespace-${n % 60}`],
    ["node", `ip-10-0-${n % 200}-17.eu-west-1.compute.internal`],
    ["pod", `deployment-7d9f8b6c5-${n}`],
  ];
}

const series = (count: number): SeriesForm[] =>
  Array.from({ length: count }, (_, n) => ({
    labels: tenLabels(n),
    signals: [sampleAt(NOW_MS, BigInt(n))],
  }));

test("50,000 series of ten labels in one request are taken by default, and by 2.0 100,000", () => {
  const v1 = encodeRequest({ series: series(50_000), metadata: [] }, "v1");
  assert.ok(v1.length > 13 * MIB && v1.length < uncompressedBytesMax);
  assert.equal(kernel.createWriter().addRequest(v1, DEFAULTS).accepted, 50_000);
  const v2 = encodeRequest({ series: series(100_000), metadata: [] }, "v2");
  const options = { ...DEFAULTS, message: V2 } as const;
  assert.equal(kernel.createWriter().addRequest(v2, options).accepted, 100_000);
});

test("300,000 samples of one series are taken by default, with and without values", () => {
  for (const bits of [0n, 1n]) {
    const signals = Array.from({ length: 300_000 }, (_, n) => sampleAt(NOW_MS + n, bits));
    const one = { labels: tenLabels(0), signals };
    for (const version of ["v1", "v2"] as const) {
      const options = version === "v1" ? DEFAULTS : { ...DEFAULTS, message: V2 } as const;
      const body = encodeRequest({ series: [one], metadata: [] }, version);
      const writer = kernel.createWriter();
      assert.equal(writer.addRequest(body, options).accepted, 300_000);
      const reader = kernel.createReader(ONE_SHARD);
      assert.equal(reader.load(writer.encode()).signals, 300_000);
      assert.equal(drain(reader).unsupported, 0);
    }
  }
});

test("a request of 128 MiB is taken where the limit is that", () => {
  const scrape = encodeRequest({ series: series(10_000), metadata: [] }, "v1");
  const times = Math.floor(128 * MIB / scrape.length);
  const body = new Uint8Array(times * scrape.length);
  for (let at = 0; at < body.length; at += scrape.length) body.set(scrape, at);
  const options = { ...DEFAULTS, uncompressedBytesMax: 128 * MIB };
  const writer = kernel.createWriter();
  assert.equal(writer.addRequest(body, options).accepted, times * 10_000);
  assert.equal(writer.encode().series, times * 10_000);
  assertCode(() => writer.addRequest(body, DEFAULTS), "TOO_LARGE", /bytes uncompressed/);
});

test("a short request may be dense: a limit of a kibibyte leaves room for what fits into it", () => {
  const body = message(1, message(1, message(1, [0x5f]), message(2, [0x61])), ...manySamples(300));
  const options = { ...NO_LIMITS, uncompressedBytesMax: 1024 };
  const { invalid } = kernel.createWriter().addRequest(body, options);
  assert.equal(invalid, 300);
});

function manySamples(count: number): readonly (readonly number[])[] {
  return new Array(count).fill([0x12, 0]);
}

test("a request that is refused for what it costs leaves the batch as it was", () => {
  const good = encodeRequest({ series: series(10), metadata: [] }, "v1");
  const label = message(
    1,
    message(1, [...new TextEncoder().encode("__name__")]),
    message(2, [0x61]),
  );
  const dense = message(1, label, new Uint8Array(2 * MIB).map((_, at) => at % 2 === 0 ? 0x12 : 0));
  const options = { ...NO_LIMITS, uncompressedBytesMax: 4 * MIB };
  const writer = kernel.createWriter();
  const twin = kernel.createWriter();
  for (let round = 0; round < 3; round++) {
    writer.addRequest(good, options);
    twin.addRequest(good, options);
    assertCode(
      () => writer.addRequest(dense, options),
      "TOO_LARGE",
      /bytes of memory, wanted at most/,
    );
    assert.equal(writer.signals, 10);
    assert.equal(writer.encode().checksum, twin.encode().checksum);
  }
  const symbols = concat([message(4), ...new Array<number[]>(600_000).fill([0x22, 0])]);
  assertCode(
    () => writer.addRequest(symbols, { ...options, message: V2 }),
    "TOO_LARGE",
    /589825 series, labels, signals and symbols, wanted at most 589824/,
  );
  assert.equal(writer.addRequest(good, options).accepted, 10);
});
