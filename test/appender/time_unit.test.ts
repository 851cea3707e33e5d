import assert from "node:assert/strict";
import { test } from "node:test";
import { Appender } from "../../src/appender/appender.ts";
import { SeriesCache } from "../../src/appender/series.ts";

const NOW_MS = Date.UTC(2026, 10, 20);
const UP = { __name__: "up" };
const HISTOGRAM = { type: "integer", schema: 0, count: 0, sum: 0 } as const;

function open(): Appender {
  return new Appender(new SeriesCache(1 << 20), () => Promise.reject(new Error("not called")));
}

/** Each way in, with a timestamp. */
const WAYS: Record<string, (appender: Appender, timeMs: number) => void> = {
  append: (appender, timeMs) => appender.append(UP, timeMs, 1),
  "append with a start": (appender, timeMs) =>
    appender.append(UP, NOW_MS, 1, { startTimestampMs: timeMs }),
  appendStale: (appender, timeMs) => appender.appendStale(UP, timeMs),
  appendHistogram: (appender, timeMs) => appender.appendHistogram(UP, timeMs, HISTOGRAM),
  appendExemplar: (appender, timeMs) =>
    appender.appendExemplar(UP, { labels: {}, value: 1, timestampMs: timeMs }),
};

for (const [name, add] of Object.entries(WAYS)) {
  test(`${name}: a time in another unit is a RangeError that names the unit, and nothing is added`, () => {
    const appender = open();
    const cases: [number, RegExp][] = [
      [NOW_MS / 1000, /timestamp 1795132800 looks like seconds, expected milliseconds/],
      [NOW_MS * 1e3, /timestamp 1795132800000000 looks like microseconds, expected milliseconds/],
      [NOW_MS * 1e6, /timestamp 1795132800000000000 looks like nanoseconds, expected milliseconds/],
      [5e16, /timestamp 50000000000000000 is no time in milliseconds/],
    ];
    for (const [timeMs, message] of cases) {
      assert.throws(() => add(appender, timeMs), (error: Error) => {
        assert.ok(error instanceof RangeError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
    assert.equal(appender.size, 0);
    add(appender, NOW_MS);
    // A sender whose clock is ahead has data all the same.
    add(appender, NOW_MS + 86_400_000);
    assert.equal(appender.size, 2);
  });
}
