import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptEvent } from "../../src/contracts.ts";
import { RECENT_ANSWERS_MAX, RecentAnswers } from "../../src/stats/recent_answers.ts";
import { EndpointStats } from "../../src/stats/endpoint_stats.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { samplesOnly } from "../support/counts.ts";

function attempt(of: Partial<AttemptEvent>): AttemptEvent {
  return {
    durationMs: 5,
    bytes: 100,
    signals: 10,
    kinds: samplesOnly(10),
    written: samplesOnly(0),
    status: 200,
    outcome: "delivered",
    oldestMs: 1,
    newestMs: 2,
    ...of,
  };
}

test("the same answer in a row is one entry that counts", () => {
  const answers = new RecentAnswers();
  answers.add(attempt({}), 1000);
  answers.add(attempt({ durationMs: 7 }), 2000);
  answers.add(attempt({ status: 503, outcome: "retried", error: "503: later" }), 3000);
  answers.add(attempt({}), 4000);
  const ok = { status: 200, outcome: "delivered", words: undefined };
  assert.deepEqual(answers.list(), [
    { ...ok, firstMs: 1000, lastMs: 2000, count: 2, signals: 20, durationMs: 7 },
    {
      firstMs: 3000,
      lastMs: 3000,
      count: 1,
      status: 503,
      outcome: "retried",
      words: "503: later",
      signals: 10,
      durationMs: 5,
    },
    { ...ok, firstMs: 4000, lastMs: 4000, count: 1, signals: 10, durationMs: 5 },
  ]);
});

test("their number and their words are bounded", () => {
  const answers = new RecentAnswers();
  for (let at = 0; at < 1000; at++) {
    const error = `${at} ${"x".repeat(10_000)}`;
    answers.add(attempt({ status: 500, outcome: "retried", error }), at);
  }
  const list = answers.list();
  assert.equal(list.length, RECENT_ANSWERS_MAX);
  assert.equal(list.at(-1)?.firstMs, 999);
  assert.ok(list.every(({ words }) => words!.length === 256));
});

test("an endpoint fails from the first attempt that comes to nothing until it takes or refuses something", () => {
  const events = new FakeEvents();
  const since = (): number => events.counts().failingSinceMs;
  assert.equal(since(), 0);
  events.attempted(attempt({ outcome: "retried", status: 503, error: "503" }));
  const first = since();
  assert.ok(first > 0);
  events.attempted(attempt({ outcome: "gave_up", status: undefined, error: "refused" }));
  assert.equal(since(), first);
  events.attempted(attempt({ outcome: "rejected", status: 400, error: "400" }));
  assert.equal(since(), 0);
  events.attempted(attempt({ outcome: "retried", status: 503, error: "503" }));
  events.attempted(attempt({}));
  assert.equal(since(), 0);
  assert.equal(events.answers.length, 5);
});

test("for how long it fails is told whatever is done to the clock", () => {
  let [nowMs, monotonicMs] = [Date.UTC(2026, 10, 30), 0];
  const stats = new EndpointStats({ nowMs: () => nowMs, monotonicMs: () => monotonicMs });
  const totals = { batches: 0, bytes: 0, signals: 0, uncounted: 0 };
  const of = { name: "one", url: "https://one.example/", shards: 1, batchCountMax: 1, totals };
  const failingForMs = (): number => stats.snapshot(of).failingForMs;
  assert.equal(failingForMs(), 0);
  stats.attempted(attempt({ outcome: "retried", status: 503, error: "503" }));
  assert.equal(failingForMs(), 1, "what has just begun is not nothing");
  nowMs -= 3_600_000;
  monotonicMs += 20_000;
  stats.attempted(attempt({ outcome: "retried", status: 503, error: "503" }));
  assert.equal(failingForMs(), 20_000);
  stats.attempted(attempt({}));
  assert.equal(failingForMs(), 0);
});
