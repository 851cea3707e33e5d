/** What Histogram.Validate of Prometheus 3.16 says, held by both ways in: the appender and the kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHistogram } from "../../src/appender/check_histogram.ts";
import type { BucketSpan, Histogram } from "../../src/types.ts";
import { DEFAULT_RULES } from "../../src/kernel/rules.ts";
import { kernel, NO_LIMITS } from "../kernel/support.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { HistogramForm, Signal } from "../support/signals.ts";

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

const OK: HistogramForm = {
  isFloat: false,
  count: 2n,
  sum: 0n,
  schema: 0,
  zeroThreshold: 0n,
  zeroCount: 0n,
  negativeSpans: [],
  negative: [],
  positiveSpans: [[0, 2]],
  positive: [1n, 0n],
  resetHint: 0,
  customValues: [],
};

/** Undefined when a remote write request with it is taken; otherwise the reason. */
function refusedByKernel(change: Partial<HistogramForm>): string | undefined {
  const histogram = { ...OK, ...change };
  const signals: Signal[] = [{ kind: "histogram", timestampMs: 5n, startMs: 0n, histogram }];
  const series = [{ labels: [["__name__", "up"]] as const, signals }];
  const results = (["v1", "v2"] as const).map((version) =>
    kernel.createWriter({ rules: DEFAULT_RULES }).addRequest(
      encodeRequest({ series, metadata: [] }, version),
      {
        ...NO_LIMITS,
        message: version === "v1" ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request",
      },
    ).firstInvalid?.replace(/ in the series at .*/, "")
  );
  assert.equal(results[0], results[1]);
  return results[0];
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

test("a bucket has an index of 32 bits, also after the gaps between spans", () => {
  const cases: [spans: [number, number][], isSound: boolean][] = [
    [[[INT32_MAX - 1, 2]], true],
    [[[INT32_MAX, 2]], false],
    [[[INT32_MAX, 1], [0, 1]], false],
    [[[INT32_MAX - 2, 1], [1, 1]], true],
    [[[INT32_MAX - 2, 1], [2, 1]], false],
    [[[0, 1], [INT32_MAX - 1, 1]], true],
    [[[0, 1], [INT32_MAX, 1]], false],
    [[[0, 2], [INT32_MAX, 0]], false],
    [[[INT32_MIN, 2]], false],
    [[[INT32_MIN + 1, 2]], true],
    [[[INT32_MIN + 1, 1], [INT32_MAX, 1]], true],
    [[[-2, 1], [INT32_MAX, 0], [INT32_MAX, 1]], false],
  ];
  for (const [pairs, isSound] of cases) {
    const spans: BucketSpan[] = pairs.map(([offset, length]) => ({ offset, length }));
    const what = JSON.stringify(pairs);
    const integer = { type: "integer", schema: 0, count: 2, sum: 0 } as const;
    for (const side of ["positive", "negative"] as const) {
      const histogram: Histogram = { ...integer, [side]: { spans, deltas: [1, 0] } };
      const none = { positiveSpans: [], positive: [] };
      const change = { ...none, [`${side}Spans`]: pairs, [side]: [1n, 0n] };
      if (isSound) {
        checkHistogram(histogram);
        assert.equal(refusedByKernel(change), undefined, what);
      } else {
        assert.throws(() => checkHistogram(histogram), /span/, what);
        assert.match(refusedByKernel(change) ?? "taken", /spans do not fit/, what);
      }
    }
  }
});

test("any zero threshold that a request brings is taken, as Prometheus takes it; with custom buckets none", () => {
  for (const threshold of [NaN, -1, -0, Infinity, 0.001]) {
    const zeroThreshold = bitsOf(threshold);
    assert.equal(refusedByKernel({ zeroThreshold }), undefined, String(threshold));
    const custom = { schema: -53, customValues: [bitsOf(1)], zeroThreshold };
    const isZero = threshold === 0;
    assert.equal(refusedByKernel(custom) === undefined, isZero, String(threshold));
  }
});
