/** Sealed requests of both versions lose what has grown too old, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestBody } from "../../src/contracts.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { RequestForm, Signal } from "../support/signals.ts";
import { drain, holds, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "../kernel/support.ts";
import { content } from "./arbitraries.ts";
import { show } from "./expected.ts";

const writer = kernel.createWriter();
const READERS = {
  v1: kernel.createReader({ ...ONE_SHARD, message: "prometheus.WriteRequest" }),
  v2: kernel.createReader({ ...ONE_SHARD, message: "io.prometheus.write.v2.Request" }),
} as const;

/** What is left of a request, by the rule: an exemplar without a timestamp is as new as its series. */
function fresh(form: RequestForm, cutoffMs: number, version: "v1" | "v2"): RequestForm {
  const isFresh = (signal: Signal): boolean =>
    signal.timestampMs >= BigInt(cutoffMs) ||
    (signal.kind === "exemplar" && signal.timestampMs === 0n);
  const series = form.series
    .map((one) => ({ ...one, signals: one.signals.filter(isFresh) }))
    .filter(({ signals }) =>
      version === "v1" ? signals.length > 0 : signals.some(({ kind }) => kind !== "exemplar")
    );
  return { ...form, series };
}

function check(body: RequestBody, cutoffMs: number, version: "v1" | "v2"): void {
  const before = decodeRequest(openRequest(body), version);
  const wanted = fresh(before, cutoffMs, version);
  const { body: left, kept } = READERS[version].select(body, { cutoffMs });
  assert.equal(kept.length, body.signals);
  const keptCount = kept.reduce((sum, one) => sum + one, 0);
  assert.equal(keptCount, left?.signals ?? 0);
  if (left === undefined) {
    assert.deepEqual([wanted.series.length, version === "v1" ? wanted.metadata.length : 0], [0, 0]);
    return;
  }
  assert.equal(left.number, body.number);
  const after = decodeRequest(openRequest(left), version);
  assert.deepEqual(after.series.map(show), wanted.series.map(show));
  assert.deepEqual(after.metadata.map(show), wanted.metadata.map(show));
  const { samples, histograms, exemplars, metadata } = left.kinds;
  assert.equal(samples + histograms + exemplars + metadata, left.signals);
  const all = after.series.flatMap(({ signals }) => signals);
  assert.equal(samples + histograms + exemplars, all.length);
}

test("what is left of a request is what is not too old, in both versions", () => {
  holds(
    fc.property(
      content,
      fc.constantFrom("v1", "v2"),
      fc.constantFrom(-50, 0, 50, 1_700_000_000_001, 1_700_000_050_000, 2 ** 60),
      ({ series, metadata }, version, cutoffMs) => {
        const body = encodeRequest({ series, metadata }, "appended");
        const added = writer.addRequest(body, { ...NO_LIMITS, message: "appended" });
        if (added.accepted === 0) return;
        const reader = READERS[version];
        reader.load(writer.encode());
        drain(reader);
        if (reader.openSignals(0) > 0) check(reader.take(0), cutoffMs, version);
      },
    ),
    4,
  );
});
