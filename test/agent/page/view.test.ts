import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ageBars,
  endpointEvent,
  lineOf,
  sumOf,
  type ViewContext,
} from "../../../src/agent/page/view.ts";
import { FakeQueue } from "../support.ts";
import { endpointOf, NOW_MS, ratesOf } from "./support.ts";

const CONTEXT: ViewContext = {
  queue: new FakeQueue().stats(),
  nowMs: NOW_MS,
  ratesOf: () => ratesOf(),
  detailsOf: () => undefined,
  freeBytes: 5 * 1024 ** 3,
  titles: new Map([["one", "The first"]]),
};

test("the sum closes, or is said not to", () => {
  const droppedTotal = { ...endpointOf().droppedTotal, ttl: 3, rejected: 2 };
  const counts = { deliveredTotal: 90, droppedTotal, pendingSignals: 5, uncountedBatches: 1 };
  assert.deepEqual(sumOf(endpointOf({ acceptedTotal: 100, ...counts })), {
    accepted: 100,
    delivered: 90,
    dropped: [["ttl", 3], ["rejected", 2]],
    handedOver: 0,
    pending: 5,
    uncountedBatches: 1,
    difference: 0,
  });
  const off = endpointOf({ acceptedTotal: 101, ...counts });
  assert.equal(sumOf(off).difference, 1);
  assert.equal(lineOf(off, CONTEXT).closes, false);
  assert.equal(lineOf(endpointOf(), CONTEXT).closes, true);
});

test("a line has the name that the file has, and what was dropped of all reasons", () => {
  const droppedTotal = { ...endpointOf().droppedTotal, ttl: 3, rejected: 2 };
  const line = lineOf(endpointOf({ droppedTotal }), CONTEXT);
  assert.deepEqual([line.name, line.title, line.droppedTotal], ["one", "The first", 5]);
});

test("what waits is shown by its age, and what was found at the start by itself", () => {
  const part = { batches: 1, signals: 10, bytes: 100 };
  const bars = ageBars([
    { fromMs: undefined, untilMs: NOW_MS - 7_200_000, ...part },
    { fromMs: NOW_MS - 500_000_000, untilMs: NOW_MS - 400_000_000, ...part },
    { fromMs: NOW_MS - 100_000, untilMs: NOW_MS - 90_000, ...part },
    { fromMs: NOW_MS - 80_000, untilMs: NOW_MS - 70_000, ...part },
  ], NOW_MS);
  assert.deepEqual(bars.map(({ label, signals, bytes }) => [label, signals, bytes]), [
    ["up to 1 min", 0, 0],
    ["1 min to 5 min", 20, 200],
    ["5 min to 15 min", 0, 0],
    ["15 min to 1 h", 0, 0],
    ["1 h to 3 h", 0, 0],
    ["3 h to 6 h", 0, 0],
    ["6 h to 12 h", 0, 0],
    ["12 h to 1 d", 0, 0],
    ["1 d to 3 d", 0, 0],
    ["3 d to 7 d", 10, 100],
    ["from before the start, 2 h ago", 10, 100],
  ]);
  assert.deepEqual(ageBars([], NOW_MS), []);
  const ancient = ageBars([{ fromMs: 0, untilMs: 0, ...part }], NOW_MS);
  assert.equal(ancient.at(-1)?.label, "more than 7 d");
});

test("an endpoint is shown without what is secret in its URL, the newest answer first", () => {
  const answer = {
    count: 1,
    words: undefined,
    signals: 1,
    durationMs: 5,
    outcome: "delivered",
  } as const;
  const event = endpointEvent(
    endpointOf({ url: "https://user:hunter2@one.example/token-hunter2/push?key=hunter2" }),
    {
      ...CONTEXT,
      detailsOf: () => ({
        answers: [
          { ...answer, firstMs: 1, lastMs: 2, status: 200 },
          {
            ...answer,
            firstMs: 3,
            lastMs: 4,
            status: undefined,
            outcome: "retried",
            words: "gone",
          },
        ],
        backlog: [],
      }),
    },
  );
  assert.ok(!JSON.stringify(event).includes("hunter2"));
  const shown = event.answers.map(({ status, outcome, words }) => [status, outcome, words]);
  assert.deepEqual(shown, [["no answer", "tried again", "gone"], ["200", "delivered", ""]]);
  assert.deepEqual(event.facts[1], ["On disk", "0 files, 0 B; 5 GiB free on the disk"]);
});

test("the order, and the lanes while there are two", () => {
  const plain = endpointEvent(endpointOf(), CONTEXT).facts;
  assert.deepEqual(plain.find(([name]) => name === "Order"), ["Order", "strict"]);
  assert.ok(!plain.some(([name]) => name.endsWith("lane")));
  const lane = { pendingBatches: 1_200, oldestAgeMs: 7_200_000 };
  const lanes = {
    firstFreshId: 7,
    fresh: { pendingBatches: 1, oldestAgeMs: 2_000 },
    backlog: lane,
  };
  const fresh = endpointOf({ sendOrder: "fresh_first", lanes });
  assert.deepEqual(
    endpointEvent(fresh, CONTEXT).facts.filter(([name]) => /Order|lane/.test(name)),
    [
      ["Order", "fresh first"],
      ["Fresh lane", "1 files, the oldest for 2 s"],
      ["Backlog lane", "1,200 files, the oldest for 2 h"],
    ],
  );
  const refused = endpointOf({ sendOrder: "fresh_first", orderRefusal: "out of order sample" });
  assert.deepEqual(
    endpointEvent(refused, CONTEXT).facts.find(([name]) => name === "Order"),
    ["Order", "strict, as it says: out of order sample"],
  );
});
