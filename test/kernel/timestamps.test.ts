/** What intake says of signals whose timestamps are too old or in another unit, and of kinds that a format cannot carry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddOptions, BatchFormat, RequestMessage } from "../../src/contracts.ts";
import { DEFAULT_RULES } from "../../src/kernel/rules.ts";
import { TIMESTAMP_MS_MAX } from "../../src/time_unit.ts";
import { encodeRequest, type Version } from "../support/remote_write.ts";
import type { SeriesForm, Signal } from "../support/signals.ts";
import { kernel, NO_LIMITS } from "./support.ts";

const MESSAGES: Record<Version, RequestMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
  appended: "appended",
};
const NOW_MS = Date.UTC(2026, 10, 20);
const BOUNDS = { cutoffMs: NOW_MS - 7_200_000, latestMs: TIMESTAMP_MS_MAX };

function sample(timestampMs: number | bigint): Signal {
  return { kind: "sample", timestampMs: BigInt(timestampMs), startMs: 0n, bits: 1n };
}

function exemplar(timestampMs: number | bigint): Signal {
  const exemplarLabels: [string, string][] = [["trace_id", "1"]];
  return { kind: "exemplar", timestampMs: BigInt(timestampMs), bits: 1n, exemplarLabels };
}

function series(metric: string, ...signals: Signal[]): SeriesForm {
  return { labels: [["__name__", metric], ["job", "node"]], signals };
}

function optionsFor(version: Version): AddOptions {
  return { ...NO_LIMITS, ...BOUNDS, message: MESSAGES[version] };
}

function writer(format: BatchFormat = "walq.metrics.v1") {
  return kernel.createWriter({ rules: { ...DEFAULT_RULES, format } });
}

for (const version of ["v1", "v2", "appended"] as const) {
  test(`${version}: what is too old is told by the first metric and its timestamp, the rest is kept`, () => {
    const one = writer();
    const body = encodeRequest({
      series: [
        series("good", sample(NOW_MS)),
        series("half", sample(NOW_MS - 7_200_001), sample(NOW_MS - 7_200_000)),
        series("old", sample(5), sample(6)),
      ],
      metadata: [],
    }, version);
    // From the third time on the label sets are kept: nothing of them is parsed then.
    for (let round = 0; round < 5; round++) {
      const result = one.addRequest(body, optionsFor(version));
      assert.deepEqual([result.accepted, result.expired, result.invalid], [2, 3, 0]);
      assert.equal(
        result.firstExpired,
        'metric "half": timestamp 1795125599999 (2026-11-19T21:59:59.999Z) ' +
          "is before 1795125600000 (2026-11-19T22:00:00.000Z)",
      );
      assert.equal(result.firstInvalid, undefined);
      assert.equal(result.newestMs, NOW_MS);
    }
  });

  test(`${version}: another unit than milliseconds is told as that`, () => {
    const one = writer();
    const nowNs = BigInt(NOW_MS) * 1_000_000n;
    const body = encodeRequest({
      series: [
        series("seconds", sample(NOW_MS / 1000)),
        series("good", sample(NOW_MS), sample(nowNs / 1000n), sample(NOW_MS + 1)),
        series("nanoseconds", sample(nowNs), exemplar(nowNs)),
        series("far", sample(TIMESTAMP_MS_MAX)),
      ],
      metadata: [],
    }, version);
    for (let round = 0; round < 5; round++) {
      const result = one.addRequest(body, optionsFor(version));
      assert.deepEqual([result.accepted, result.expired, result.invalid], [3, 1, 3]);
      assert.equal(
        result.firstExpired,
        'metric "seconds": timestamp 1795132800 looks like seconds, expected milliseconds',
      );
      assert.match(
        result.firstInvalid!,
        /^metric "good": timestamp 1795132800000000 looks like microseconds, expected milliseconds in the series at byte \d+ of the request$/,
      );
      // Whoever looks for the time of the senders is not led astray by another unit.
      assert.equal(result.newestMs, TIMESTAMP_MS_MAX);
    }
    const batch = one.encode();
    assert.equal(batch.series, 15);
    assert.equal(batch.newestMs, TIMESTAMP_MS_MAX);
  });

  test(`${version}: a kind that Alloy's format cannot carry is told by its metric`, () => {
    const one = writer("alloy.metrics.queue.v1");
    const body = encodeRequest({
      series: [series("up", sample(NOW_MS), exemplar(NOW_MS))],
      metadata: [],
    }, version);
    for (let round = 0; round < 5; round++) {
      const result = one.addRequest(body, optionsFor(version));
      assert.deepEqual([result.accepted, result.unsupported], [1, 1]);
      assert.equal(
        result.firstUnsupported,
        `metric "up": an exemplar with timestamp ${NOW_MS}`,
      );
    }
  });
}

test("remote write 2.0: metadata of a series of which nothing is kept is not kept either", () => {
  const one = writer();
  const metadata = { family: "ns", type: 2, help: "x", unit: "" };
  const body = encodeRequest({
    series: [{ ...series("ns", sample(BigInt(NOW_MS) * 1_000_000n)), metadata }],
    metadata: [],
  }, "v2");
  const result = one.addRequest(body, optionsFor("v2"));
  assert.deepEqual([result.accepted, result.invalid], [0, 1]);
  assert.equal(one.signals, 0);
});
