import assert from "node:assert/strict";
import { test } from "node:test";
import { History, SAMPLE_MS } from "../../../src/agent/page/history.ts";
import { endpointOf } from "./support.ts";

/** So much has come in and gone out since the start. */
function at(step: number, name = "one"): ReturnType<typeof endpointOf> {
  return endpointOf({
    name,
    incomingSignalsTotal: step * 1_000,
    deliveredTotal: step * 600,
    droppedTotal: { ...endpointOf().droppedTotal, ttl: step * 100 },
    pendingSignals: step * 300,
    pendingBytes: step * 3_000,
  });
}

function historyOf(steps: number): History {
  const history = new History();
  for (let step = 0; step <= steps; step++) history.see([at(step)], step * SAMPLE_MS);
  return history;
}

test("rates are of the last minute, and of the whole for the best", () => {
  const rates = historyOf(20).rates("one");
  assert.deepEqual(rates, {
    inPerSecond: 100,
    outPerSecond: 60,
    droppedPerSecond: 10,
    lostPerSecond: 10,
    bestOutPerSecond: 60,
    growthBytesPerSecond: 300,
  });
  assert.equal(historyOf(0).rates("one").inPerSecond, 0);
  assert.equal(historyOf(3).rates("another").inPerSecond, 0);
});

test("ten seconds a step for half an hour, five minutes a step for a day, and no more", () => {
  const history = historyOf(24 * 360 + 1_000);
  const fine = history.event("one", "30m", 5_000_000)!;
  assert.deepEqual([fine.inPerSecond.length, fine.stepMs, fine.endMs], [180, 10_000, 5_000_000]);
  assert.ok(fine.outPerSecond.every((rate) => rate === 60));
  assert.equal(fine.pending.at(-1), 300 * (24 * 360 + 1_000));
  const coarse = history.event("one", "24h", 5_000_000)!;
  assert.deepEqual([coarse.inPerSecond.length, coarse.stepMs], [288, 300_000]);
  // Ten steps are no whole coarse one yet.
  assert.equal(coarse.endMs, 5_000_000 - 10 * SAMPLE_MS);
  assert.equal(coarse.pending[1]! - coarse.pending[0]!, 30 * 300);
  assert.equal(history.event("another", "24h", 0), undefined);
});

test("a host that has slept has steps for that, as many as there is room for", () => {
  const history = historyOf(10);
  history.see([at(22)], 22 * SAMPLE_MS);
  const { inPerSecond } = history.event("one", "30m", 0)!;
  assert.deepEqual(inPerSecond, Array.from({ length: 22 }, () => 100));
  history.see([at(1_000_000)], 1_000_000 * SAMPLE_MS);
  assert.equal(history.event("one", "30m", 0)!.inPerSecond.length, 180);
});

test("an endpoint that counts anew has no negative rate, and one that is gone is forgotten", () => {
  const history = historyOf(10);
  history.see([at(1)], 11 * SAMPLE_MS);
  assert.equal(history.event("one", "30m", 0)!.inPerSecond.at(-1), 0);
  history.see([at(1, "two")], 12 * SAMPLE_MS);
  assert.equal(history.event("one", "30m", 0), undefined);
  assert.equal(history.event("two", "30m", 0)!.inPerSecond.length, 0);
});

test("however many endpoints come and go, the memory is bounded", () => {
  const history = new History();
  const many = Array.from({ length: 1_000 }, (_, index) => at(1, `e${index}`));
  history.see(many, 0);
  const known = many.filter(({ name }) => history.event(name, "30m", 0) !== undefined);
  assert.equal(known.length, 200);
});

test("what somebody asked to drop is not lost", () => {
  const history = new History();
  const of = (count: number): void =>
    history.see([
      endpointOf({
        droppedTotal: {
          ...endpointOf().droppedTotal,
          filtered: 7 * count,
          skipped: 5 * count,
          dropped_series: 3 * count,
          rejected: 20 * count,
          ttl: 10 * count,
        },
      }),
    ], count * SAMPLE_MS);
  for (let count = 0; count <= 6; count++) of(count);
  const { droppedPerSecond, lostPerSecond } = history.rates("one");
  assert.equal(droppedPerSecond, 4.5);
  assert.equal(lostPerSecond, 3);
});
