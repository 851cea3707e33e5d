import assert from "node:assert/strict";
import { test } from "node:test";
import { AHEAD_MS_MAX, HighestTimestamp } from "../../src/stats/highest_timestamp.ts";

const NOW_MS = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;

test("the highest timestamp is that of the newest sample, and 0 before the first", () => {
  const highest = new HighestTimestamp();
  assert.equal(highest.at(NOW_MS), 0);
  highest.see({ oldestMs: NOW_MS - 9, newestMs: NOW_MS - 5 }, NOW_MS);
  highest.see({ oldestMs: NOW_MS - 20, newestMs: NOW_MS - 10 }, NOW_MS);
  assert.equal(highest.at(NOW_MS), NOW_MS - 5);
  // A clock that is a little ahead is nothing odd.
  highest.see({ oldestMs: NOW_MS, newestMs: NOW_MS + AHEAD_MS_MAX }, NOW_MS);
  assert.equal(highest.at(NOW_MS), NOW_MS + AHEAD_MS_MAX);
});

test("a batch without timestamps, as one of metadata is, changes nothing", () => {
  const highest = new HighestTimestamp();
  highest.see({ oldestMs: 2 ** 63, newestMs: -(2 ** 63) }, NOW_MS);
  assert.equal(highest.at(NOW_MS), 0);
});

test("a sample from the future does not hide that all others are late", () => {
  const highest = new HighestTimestamp();
  const lateMs = NOW_MS - HOUR_MS;
  for (const newestMs of [NOW_MS + 25 * HOUR_MS, 1.795e18]) {
    highest.see({ oldestMs: lateMs, newestMs }, NOW_MS);
    assert.equal(highest.at(NOW_MS), lateMs);
  }
});

test("a sample from the future that is alone counts as now and a little, and is passed in a while", () => {
  const highest = new HighestTimestamp();
  highest.see({ oldestMs: 1.795e18, newestMs: 1.795e18 }, NOW_MS);
  assert.equal(highest.at(NOW_MS), NOW_MS + AHEAD_MS_MAX);
  assert.equal(highest.at(NOW_MS + HOUR_MS), NOW_MS + AHEAD_MS_MAX);
  const laterMs = NOW_MS + HOUR_MS;
  highest.see({ oldestMs: laterMs, newestMs: laterMs }, laterMs);
  assert.equal(highest.at(laterMs), laterMs);
});

test("what a clock that was days ahead has let in is forgotten when it is right again", () => {
  const highest = new HighestTimestamp();
  const wrongMs = NOW_MS + 72 * HOUR_MS;
  highest.see({ oldestMs: wrongMs, newestMs: wrongMs }, wrongMs);
  assert.equal(highest.at(NOW_MS), NOW_MS + AHEAD_MS_MAX);
  highest.see({ oldestMs: NOW_MS, newestMs: NOW_MS }, NOW_MS);
  assert.equal(highest.at(NOW_MS), NOW_MS);
});
