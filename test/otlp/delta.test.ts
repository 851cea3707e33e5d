/** Delta temporality made cumulative: what adds up, what is counted once, and what is forgotten. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { addExponential, type ExponentialCounts } from "../../src/otlp/delta/exponential.ts";
import {
  type DeltaBounds,
  type DeltaRound,
  DeltaStreams,
} from "../../src/otlp/delta/delta_streams.ts";
import { attributesKey } from "../../src/otlp/delta/stream_key.ts";
import type { DeltaPoint } from "../../src/otlp/delta/sum.ts";
import type {
  ExponentialBuckets,
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
} from "../../src/otlp/model.ts";

const BOUNDS: DeltaBounds = { staleMsMax: 300_000, streamsMax: 3 };
const START_MS = Date.UTC(2026, 10, 20);

/** From second to second since the beginning. */
function window(fromSeconds: number, toSeconds: number) {
  const startMs = START_MS + fromSeconds * 1_000;
  const timeMs = START_MS + toSeconds * 1_000;
  const times = { startMs, timeMs, startNs: startMs * 1e6, timeNs: timeMs * 1e6 };
  return { ...times, attributes: [], exemplars: [], isStale: false };
}

function number(from: number, to: number, value: number): NumberPoint {
  return { ...window(from, to), value };
}

function histogram(
  from: number,
  to: number,
  more: Partial<HistogramPoint> & Pick<HistogramPoint, "bucketCounts">,
): HistogramPoint {
  const count = more.bucketCounts.reduce((sum, one) => sum + one, 0);
  return { ...window(from, to), count, sum: 1, bounds: [1, 2], ...more };
}

class Time {
  ms = 0;
  monotonicMs(): number {
    return this.ms;
  }
}

class Bench {
  readonly time: Time = new Time();
  readonly streams: DeltaStreams = new DeltaStreams(this.time);

  begin(bounds: DeltaBounds = BOUNDS): DeltaRound {
    return this.streams.begin(bounds);
  }

  /** Stages a point in a round; undefined where it is counted already. */
  step<P extends DeltaPoint>(round: DeltaRound, point: P, key: string = ""): P | undefined {
    const step = round.step("metric", key, point);
    step?.keep();
    return step?.point;
  }

  /** A request of one point that is durable at once. */
  take<P extends DeltaPoint>(point: P, key: string = ""): P | undefined {
    const round = this.begin();
    const taken = this.step(round, point, key);
    round.settle(true);
    return taken;
  }

  value(point: NumberPoint, key?: string): number | undefined {
    return this.take(point, key)?.value;
  }
}

describe("numbers", () => {
  it("add up from the start of the first one, whatever gap is between them", () => {
    const bench = new Bench();
    const first = bench.take(number(0, 10, 5))!;
    assert.deepEqual([first.value, first.startMs], [5, START_MS]);
    const second = bench.take(number(10, 20, 2))!;
    assert.deepEqual([second.value, second.startMs, second.timeMs], [7, START_MS, START_MS + 2e4]);
    assert.equal(bench.value(number(60, 70, -1.5)), 5.5);
  });

  it("add up exactly, however large the sum is", () => {
    const bench = new Bench();
    assert.equal(bench.value(number(0, 1, 2 ** 53)), 2 ** 53);
    let value: number | undefined;
    for (let at = 1; at <= 10; at++) value = bench.value(number(at, at + 1, 1));
    assert.equal(value, 2 ** 53 + 10);
    const tenths = new Bench();
    for (let at = 0; at < 1_000; at++) value = tenths.value(number(at, at + 1, 0.1));
    assert.equal(value, 100);
    assert.equal(tenths.value(number(1_001, 1_002, Infinity)), Infinity);
    assert.equal(tenths.value(number(1_002, 1_003, -Infinity)), NaN);
  });

  it("have a stream for each set of attributes, in whatever order and of whatever type", () => {
    const [a, b] = [{ key: "a", value: "1" }, { key: "b", value: { list: [1n, 2] } }];
    assert.equal(attributesKey([a, b]), attributesKey([b, a]));
    const values = ["1", 1, 1n, true, "true", undefined, "", new Uint8Array([1]), { list: [1n] }];
    const keys = values.map((value) => attributesKey([{ key: "a", value }]));
    assert.equal(new Set(keys).size, values.length);
    assert.notEqual(
      attributesKey([{ key: "a", value: { map: [a] } }]),
      attributesKey([{ key: "a", value: { list: [{ map: [a] }] } }]),
    );
  });
});

describe("points that are not to be counted", () => {
  it("are older than what is counted, or begin before their series", () => {
    const bench = new Bench();
    bench.take(number(10, 20, 5));
    assert.throws(
      () => bench.take(number(12, 19, 1)),
      /^RangeError: got delta temporality to 2026-11-20T00:00:19.000Z, but its series is at 2026-11-20T00:00:20.000Z: it was counted already, or is out of order$/,
    );
    assert.throws(
      () => bench.take(number(9, 30, 1)),
      /^RangeError: got delta temporality from 2026-11-20T00:00:09.000Z, but its series began at 2026-11-20T00:00:10.000Z/,
    );
    assert.throws(() => bench.take({ ...number(0, 0, 1), timeNs: 0 }), /without a time/);
    assert.equal(bench.value(number(20, 30, 1)), 6);
  });

  it("came before, and their sender has not heard of it", () => {
    const bench = new Bench();
    bench.take(number(0, 10, 5));
    assert.equal(bench.take(number(0, 10, 5)), undefined);
    assert.equal(bench.value(number(10, 20, 1)), 6);
    assert.equal(bench.take(number(10, 20, 1)), undefined);
    // Two in one millisecond are two, as an export at shutdown may follow another one at once.
    const next = number(20, 20, 1);
    assert.equal(bench.value({ ...next, timeNs: next.timeNs + 1_024 }), 7);
  });

  it("are too many streams, until others have been silent for long enough", () => {
    const bench = new Bench();
    for (const key of ["a", "b", "c"]) bench.take(number(0, 10, 1), key);
    assert.throws(() => bench.take(number(0, 10, 1), "d"), /more streams than the 3/);
    assert.equal(bench.streams.size, 3);
    bench.time.ms = BOUNDS.staleMsMax;
    assert.equal(bench.value(number(10, 20, 1), "a"), 2);
    bench.time.ms += 60_001;
    assert.equal(bench.value(number(0, 10, 7), "d"), 7);
    assert.equal(bench.streams.size, 2);
    // What was silent begins anew, with a start of its own.
    assert.deepEqual(bench.take(number(20, 30, 1), "b")!.startMs, START_MS + 20_000);
  });

  it("are of streams that come to too many bytes", () => {
    const bench = new Bench();
    const bounds = Array.from({ length: 3_000_000 }, (_, at) => at);
    const large = histogram(0, 1, { bounds, bucketCounts: bounds });
    bench.take(large, "a");
    assert.throws(() => bench.take(large, "b"), /come to more than 67108864 bytes/);
    assert.throws(() => bench.take(number(0, 1, 1), "x".repeat(20_000_000)), /67108864 bytes/);
    assert.equal(bench.value(number(0, 1, 1), "c"), 1);
    // As much as there was is there again when it has gone.
    bench.time.ms = BOUNDS.staleMsMax + 1;
    bench.take(large, "b");
    assert.equal(bench.streams.size, 1);
  });
});

describe("a request that is not durable", () => {
  it("was never counted, and is when it comes again", () => {
    const bench = new Bench();
    bench.take(number(0, 10, 5));
    const refused = bench.begin();
    assert.equal(bench.step(refused, number(10, 20, 2))!.value, 7);
    refused.settle(false);
    assert.equal(bench.value(number(10, 20, 2)), 7);
  });

  it("leaves nothing of a stream that began with it", () => {
    const bench = new Bench();
    const refused = bench.begin();
    bench.step(refused, number(0, 10, 5));
    bench.step(refused, number(10, 20, 5));
    refused.settle(false);
    assert.equal(bench.streams.size, 0);
    assert.equal(bench.value(number(0, 10, 5)), 5);
  });

  it("is in the sum of the one behind it, which is durable", () => {
    const bench = new Bench();
    const first = bench.begin();
    bench.step(first, number(0, 10, 5));
    const second = bench.begin();
    assert.equal(bench.step(second, number(10, 20, 2))!.value, 7);
    first.settle(false);
    second.settle(true);
    // It comes again, and is in the sum already.
    assert.throws(() => bench.take(number(0, 10, 5)), /it was counted already/);
    assert.equal(bench.value(number(20, 30, 1)), 8);
  });

  it("is waited for by whoever brings the same: nobody knows yet whether it counts", () => {
    const bench = new Bench();
    bench.take(number(0, 10, 5));
    const first = bench.begin();
    bench.step(first, number(10, 20, 2));
    const second = bench.begin();
    bench.step(second, number(20, 30, 1));
    const overloaded = { code: "OVERLOADED" };
    for (const again of [number(10, 20, 2), number(20, 30, 1)]) {
      assert.throws(() => bench.step(bench.begin(), again), overloaded);
    }
    // What is durable is counted, whatever is on its way.
    assert.equal(bench.step(bench.begin(), number(0, 10, 5)), undefined);
    second.settle(false);
    assert.throws(() => bench.step(bench.begin(), number(10, 20, 2)), overloaded);
    first.settle(true);
    assert.equal(bench.step(bench.begin(), number(10, 20, 2)), undefined);
    assert.equal(bench.value(number(20, 30, 1)), 8);
  });

  it("moves no sum, in whatever order requests end, of a sender that sends in order", () => {
    const ends = fc.record({ isDurable: fc.boolean(), place: fc.nat({ max: 3 }) });
    fc.assert(fc.property(fc.array(ends, { maxLength: 40 }), (script) => {
      const bench = new Bench();
      const sender = new Sender(bench);
      for (const [at, { isDurable, place }] of script.entries()) {
        sender.send(at);
        sender.end(place, isDurable);
      }
      while (sender.open.length > 0) sender.end(0, true);
      assert.deepEqual(sender.waiting, []);
      assert.equal(bench.value(number(100, 101, 0)), 2 ** script.length - 1);
    }));
  });
});

/** Sends window after window, each worth a bit of its own, and those that failed before all others. */
class Sender {
  readonly waiting: number[] = [];
  readonly open: { readonly at: number; readonly round: DeltaRound }[] = [];
  readonly #bench: Bench;
  #durable = -1;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  send(at: number): void {
    this.waiting.push(at);
    this.#go();
  }

  /** One of those on their way is answered, if there are so many. */
  end(place: number, isDurable: boolean): void {
    const [ended] = this.open.splice(place, 1);
    if (ended === undefined) return;
    ended.round.settle(isDurable);
    if (isDurable) this.#durable = Math.max(this.#durable, ended.at);
    else this.waiting.push(ended.at);
    this.waiting.sort((a, b) => a - b);
    this.#go();
  }

  #go(): void {
    while (this.waiting.length > 0) {
      const at = this.waiting[0]!;
      const round = this.#bench.begin();
      let taken: NumberPoint | undefined;
      try {
        taken = this.#bench.step(round, number(at, at + 1, 2 ** at));
      } catch (error) {
        round.settle(false);
        // It is to come again: those behind it wait.
        if (error instanceof WalqError) return;
        // It is in the sum of one that is durable.
        assert.ok(error instanceof RangeError && this.#durable > at, String(error));
      }
      this.waiting.shift();
      if (taken === undefined) continue;
      // All that came before it is in it, and nothing twice.
      assert.equal(taken.value, 2 ** (at + 1) - 1);
      this.open.push({ at, round });
    }
  }
}

describe("histograms", () => {
  it("add up bucket by bucket, and begin anew with other bounds", () => {
    const bench = new Bench();
    bench.take(histogram(0, 10, { bucketCounts: [1, 0, 2], sum: 4 }));
    const { bucketCounts, count, sum, startMs } = bench.take(
      histogram(10, 20, { bucketCounts: [0, 3, 1], sum: 2.5 }),
    )!;
    assert.deepEqual({ bucketCounts, count, sum, startMs }, {
      bucketCounts: [1, 3, 3],
      count: 7,
      sum: 6.5,
      startMs: START_MS,
    });
    const nosum = bench.take(histogram(20, 30, { bucketCounts: [1, 1, 1], sum: undefined }))!;
    assert.deepEqual([nosum.sum, nosum.count], [undefined, 10]);
    assert.equal(bench.take(histogram(30, 40, { bucketCounts: [1, 1, 1] }))!.sum, undefined);
    const other = bench.take(histogram(40, 50, { bucketCounts: [5, 5], bounds: [1], sum: 1 }))!;
    assert.deepEqual([other.count, other.startMs], [10, START_MS + 40_000]);
    // Fewer buckets than bounds want are added as far as they go.
    const odd = bench.take(histogram(50, 60, { bucketCounts: [1], bounds: [1] }))!;
    assert.deepEqual(odd.bucketCounts, [6, 5]);
  });
});

function counts(more: Partial<ExponentialCounts>): ExponentialCounts {
  const none = { offset: 0, counts: [] };
  return { scale: 0, zeroCount: 0, zeroThreshold: 0, positive: none, negative: none, ...more };
}

function exponential(from: number, to: number, more: Partial<ExponentialPoint>): ExponentialPoint {
  return { ...window(from, to), ...counts({}), count: 0, sum: 0, ...more };
}

/** The slow twin: each bucket by its number. */
function byIndex({ offset, counts }: ExponentialBuckets, scaleDown: number): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue;
    let index = BigInt(offset + place);
    for (let step = 0; step < scaleDown; step++) index >>= 1n;
    buckets.set(Number(index), (buckets.get(Number(index)) ?? 0) + count);
  }
  return buckets;
}

function both(a: Map<number, number>, b: Map<number, number>): Map<number, number> {
  const sum = new Map(a);
  for (const [index, count] of b) sum.set(index, (sum.get(index) ?? 0) + count);
  return new Map([...sum].sort(([x], [y]) => x - y));
}

function widthOf(buckets: Map<number, number>): number {
  const indexes = [...buckets.keys()];
  return indexes.length === 0 ? 0 : Math.max(...indexes) - Math.min(...indexes) + 1;
}

describe("exponential histograms", () => {
  it("come to the coarser of two scales", () => {
    const a = counts({ scale: 1, positive: { offset: -3, counts: [1, 2, 0, 4] }, zeroCount: 2 });
    const b = counts({ scale: 0, positive: { offset: 0, counts: [0, 8, 0] }, zeroCount: 1 });
    const sum = addExponential(a, b);
    assert.deepEqual(sum, addExponential(b, a));
    assert.deepEqual(sum, {
      scale: 0,
      zeroCount: 3,
      zeroThreshold: 0,
      positive: { offset: -2, counts: [1, 2, 4, 8] },
      negative: { offset: 0, counts: [] },
    });
  });

  it("have at most 160 buckets on a side, in the finest scale that allows it", () => {
    const a = counts({ scale: 5, positive: { offset: 0, counts: [1] } });
    assert.equal(
      addExponential(a, counts({ scale: 5, positive: { offset: 159, counts: [1] } })).scale,
      5,
    );
    const wide = addExponential(a, counts({ scale: 5, positive: { offset: 160, counts: [7] } }));
    assert.equal(wide.scale, 4);
    assert.deepEqual([wide.positive.counts.length, wide.positive.counts.at(-1)], [81, 7]);
    const far = counts({ scale: 20, negative: { offset: 2 ** 31 - 1, counts: [2] } });
    const near = counts({ scale: -(2 ** 31), negative: { offset: -(2 ** 31), counts: [3] } });
    const { negative, scale } = addExponential(far, near);
    assert.equal(scale, -(2 ** 31) - 24);
    assert.equal(negative.counts.reduce((sum, one) => sum + one, 0), 5);
  });

  it("count what the wider zero bucket holds in it", () => {
    const narrow = counts({
      zeroCount: 1,
      positive: { offset: -2, counts: [2, 4, 8] },
      negative: { offset: -1, counts: [16, 32] },
    });
    // Up to 1 are the buckets (1/4, 1/2] and (1/2, 1], on both sides.
    const wide = addExponential(narrow, counts({ zeroThreshold: 1, zeroCount: 64 }));
    assert.deepEqual(wide.positive, { offset: 0, counts: [8] });
    assert.deepEqual(wide.negative, { offset: 0, counts: [32] });
    assert.deepEqual([wide.zeroCount, wide.zeroThreshold], [1 + 2 + 4 + 16 + 64, 1]);
    // A bucket that the width is in the middle of goes as a whole.
    const middle = addExponential(narrow, counts({ zeroThreshold: 0.75 }));
    assert.deepEqual(middle.positive, { offset: 0, counts: [8] });
    assert.equal(addExponential(counts({ zeroThreshold: 0.75 }), narrow).zeroThreshold, 0.75);
    for (const zeroThreshold of [Infinity, NaN, -1]) {
      const odd = counts({ zeroThreshold, positive: { offset: 0, counts: [1] } });
      if (zeroThreshold === Infinity) {
        assert.throws(
          () => addExponential(odd, narrow),
          /^RangeError: got zero threshold Infinity/,
        );
      } else addExponential(odd, narrow);
    }
  });

  it("are what their buckets say, one by one, in any scales", () => {
    const side = fc.record({
      offset: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer()),
      counts: fc.array(fc.nat({ max: 3 }), { maxLength: 400 }),
    });
    const one = fc.record({
      scale: fc.integer({ min: -3, max: 20 }),
      positive: side,
      negative: side,
    });
    fc.assert(fc.property(one, one, (first, second) => {
      const [a, b] = [counts(first), counts(second)];
      const sum = addExponential(a, b);
      const at = (scale: number, name: "positive" | "negative"): Map<number, number> =>
        both(byIndex(a[name], a.scale - scale), byIndex(b[name], b.scale - scale));
      for (const name of ["positive", "negative"] as const) {
        assert.deepEqual(both(byIndex(sum[name], 0), new Map()), at(sum.scale, name));
        assert.ok(sum[name].counts.length <= 160);
      }
      // A finer scale would be too fine for one of them.
      const finer = sum.scale + 1;
      if (finer > Math.min(a.scale, b.scale)) return;
      assert.ok(widthOf(at(finer, "positive")) > 160 || widthOf(at(finer, "negative")) > 160);
    }));
  });

  it("are told as they came at first, and remembered in a scale that is bounded", () => {
    const bench = new Bench();
    const wide = { offset: 0, counts: new Array(1_000).fill(1) };
    const first = bench.take(exponential(0, 10, { scale: 8, count: 1_000, positive: wide }))!;
    assert.deepEqual([first.scale, first.positive.counts.length], [8, 1_000]);
    const more = exponential(10, 20, { scale: 8, count: 1, positive: { offset: 0, counts: [1] } });
    const second = bench.take(more)!;
    assert.deepEqual([second.scale, second.count, second.positive.counts[0]], [5, 1_001, 9]);
    assert.equal(second.positive.counts.length, 125);
  });
});
