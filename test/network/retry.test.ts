import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judge,
  parseRetryAfterMs,
  RETRY_AFTER_MS_MAX,
  retryDelayMs,
} from "../../src/network/retry.ts";

const NOW_MS = Date.UTC(2025, 0, 1, 12, 0, 0);

test("each class of status has its verdict", () => {
  const cases: [number, string][] = [
    [200, "delivered"],
    [204, "delivered"],
    [299, "delivered"],
    [301, "retry"],
    [308, "retry"],
    [400, "rejected"],
    [401, "rejected"],
    [404, "rejected"],
    [413, "rejected"],
    [429, "retry"],
    [499, "rejected"],
    [500, "retry"],
    [503, "retry"],
    [599, "retry"],
  ];
  for (const [status, kind] of cases) {
    assert.equal(judge(status, undefined, NOW_MS).kind, kind, `${status}`);
  }
});

test("Retry-After: seconds and dates, bounded on both sides", () => {
  const cases: [string | undefined, number][] = [
    [undefined, 0],
    ["", 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["0", 0],
    ["-5", 0],
    ["1e3", 0],
    ["soon", 0],
    ["Wed, 01 Jan 2025 12:00:30 GMT", 30_000],
    ["Wed, 01 Jan 2025 11:00:00 GMT", 0],
    ["Wed, 01 Jan 2031 11:00:00 GMT", RETRY_AFTER_MS_MAX],
    ["99999999999999999999", RETRY_AFTER_MS_MAX],
  ];
  for (const [value, wanted] of cases) {
    assert.equal(parseRetryAfterMs(value, NOW_MS), wanted, String(value));
  }
});

test("the wait doubles, half of it is jitter, and it has a ceiling", () => {
  const base = { backoffMs: 1000, backoffMsMax: 30_000, retryAfterMs: 0 };
  assert.equal(retryDelayMs({ ...base, failures: 1, random: 0 }), 500);
  assert.equal(retryDelayMs({ ...base, failures: 1, random: 1 }), 1000);
  assert.equal(retryDelayMs({ ...base, failures: 3, random: 1 }), 4000);
  assert.equal(retryDelayMs({ ...base, failures: 6, random: 1 }), 30_000);
  assert.equal(retryDelayMs({ ...base, failures: 100_000, random: 0 }), 15_000);
});

test("the receiver's wish is a floor", () => {
  const wait = {
    failures: 1,
    backoffMs: 1000,
    backoffMsMax: 30_000,
    retryAfterMs: 60_000,
    random: 0.5,
  };
  assert.equal(retryDelayMs(wait), 60_000);
});
