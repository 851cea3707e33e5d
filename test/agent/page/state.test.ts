import assert from "node:assert/strict";
import { test } from "node:test";
import { type StateInput, stateOf } from "../../../src/agent/page/state.ts";
import type { EndpointSnapshot } from "../../../src/stats/endpoint_snapshot.ts";
import type { Rates } from "../../../src/agent/page/history.ts";
import { endpointOf, NOW_MS, ratesOf } from "./support.ts";

const HOUR_MS = 3_600_000;

function told(
  endpoint: Partial<EndpointSnapshot>,
  rates: Partial<Rates> = {},
  more: Partial<StateInput> = {},
): string {
  const { kind, sentence } = stateOf({
    endpoint: endpointOf(endpoint),
    rates: ratesOf(rates),
    nowMs: NOW_MS,
    oldestMs: undefined,
    disk: undefined,
    dataPathLost: undefined,
    stream: undefined,
    ...more,
  });
  return `${kind}: ${sentence}`;
}

test("an endpoint that keeps up", () => {
  assert.equal(told({}), "fine: idle, nothing is pending");
  assert.equal(told({}, { inPerSecond: 3 }), "fine: sending, up to date");
  const behind = { pendingSignals: 5, sentNewestMs: NOW_MS - 2_000 };
  assert.equal(told(behind), "fine: sending, 2 s behind");
  assert.equal(
    told({ ...behind, failingForMs: 9_999 }),
    "fine: sending, 2 s behind",
    "a first attempt that fails is no outage",
  );
});

test("one of a stream that others send stands by, and one of a process that sends nothing says so", () => {
  const others = { stream: { sends: true, sent: [], partitions: 8, unowned: 0 } };
  assert.equal(told({}, {}, others), "fine: stands by: other processes send all partitions");
  const intake = { stream: { sends: false, sent: [], partitions: 8, unowned: 0 } };
  assert.equal(told({}, {}, intake), "fine: not sent from here: this process only takes in");
  const nobody = { stream: { sends: true, sent: [], partitions: 8, unowned: 8 } };
  assert.equal(told({}, {}, nobody), "stopped: not sent: nobody has the partitions of the stream");
  const sending = { stream: { sends: true, sent: [3], partitions: 8, unowned: 0 } };
  assert.equal(told({}, { inPerSecond: 1 }, sending), "fine: sending, up to date");
});

test("one that takes nothing of what it is sent is not fine", () => {
  const rates = { inPerSecond: 12, droppedPerSecond: 12, lostPerSecond: 12 };
  assert.equal(
    told({ lastError: "HTTP 400: no" }, rates),
    "losing: sending, up to date; loses 12/s: HTTP 400: no",
  );
  assert.equal(told({}, { ...rates, lostPerSecond: 0 }), "fine: sending, up to date");
  assert.equal(
    told({ ...DOWN, lastError: "503" }, rates),
    "down: down for 4 h: 503",
    "what is worse is told",
  );
});

test("one that is behind, and for how long", () => {
  const behind = { pendingSignals: 72_000, sentNewestMs: NOW_MS - 3 * HOUR_MS };
  assert.equal(
    told(behind, { inPerSecond: 10, outPerSecond: 20 }),
    "behind: sending, 3 h behind; caught up in 2 h",
  );
  assert.equal(
    told(behind, { inPerSecond: 20, outPerSecond: 20 }),
    "behind: sending, 3 h behind; more comes in than goes out",
  );
  assert.equal(told(behind), "behind: sending, 3 h behind");
  assert.equal(
    told(behind, { inPerSecond: 20, outPerSecond: 20.001 }),
    "behind: sending, 3 h behind",
    "years are no forecast",
  );
});

const DOWN = {
  failingForMs: 4 * HOUR_MS,
  lastError: "503: be\n  patient",
  pendingSignals: 144_000,
  pendingBytes: 1_000_000,
};

test("one that is down: since when, why, and what comes of it", () => {
  assert.equal(told(DOWN), "down: down for 4 h: 503: be patient");
  assert.equal(
    told(
      { ...DOWN, diskBytesMax: 10_000_000 },
      { inPerSecond: 10, bestOutPerSecond: 70, growthBytesPerSecond: 8_800_000 / (9 * 3600) },
    ),
    "down: down for 4 h: 503: be patient; full in 9 h, empty 40 min after it is back",
  );
  assert.equal(
    told({ ...DOWN, pendingSignals: 0 }),
    "down: down for 4 h: 503: be patient; nothing is pending",
  );
  assert.equal(
    told(DOWN, { inPerSecond: 70, bestOutPerSecond: 75 }),
    "down: down for 4 h: 503: be patient",
    "what it took while it kept up says nothing of what it can take",
  );
});

test("what is used up first is told: its own bound, the disk, or the age", () => {
  const rates = { growthBytesPerSecond: 100 };
  const why = "down: down for 4 h: 503: be patient";
  const disk = { freeBytes: 100 * 7_200, growthBytesPerSecond: 100 };
  assert.equal(told(DOWN, rates, { disk }), `${why}; full in 2 h`);
  const own = { ...DOWN, diskBytesMax: 1_000_000_000 };
  assert.equal(told(own, rates, { disk }), `${why}; full in 2 h`);
  const isSooner = { ...DOWN, diskBytesMax: 1_400_000 };
  assert.equal(told(isSooner, rates, { disk }), `${why}; full in 62 min`);
  assert.equal(told({ ...DOWN, diskBytesMax: 1_010_000 }, {}, { disk }), `${why}; full`);
  const old = { ...DOWN, ttlMs: 5 * HOUR_MS };
  const oldestMs = NOW_MS - 4 * HOUR_MS;
  assert.equal(
    told(old, rates, { disk, oldestMs }),
    `${why}; drops what is older than 5 h in 60 min`,
  );
  assert.equal(
    told({ ...DOWN, ttlMs: 2 * HOUR_MS }, rates, { disk, oldestMs }),
    `${why}; drops what is older than 2 h`,
  );
});

test("one that refuses who asks, and a queue that has stopped", () => {
  assert.equal(
    told({ ...DOWN, refusedMs: 2 * HOUR_MS, lastError: "401: who are you" }),
    "refused: refused for 2 h: 401: who are you",
  );
  assert.equal(
    told({}, {}, { dataPathLost: "somebody removed it" }),
    "stopped: stopped: somebody removed it",
  );
});

test("words of an endpoint are one line that ends", () => {
  const text = told({ ...DOWN, lastError: "x\u0000\t\n".repeat(1000) });
  assert.ok(text.length < 160, text);
  assert.ok(!text.includes("\n"));
});
