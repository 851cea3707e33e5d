import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judge,
  judgeV2,
  parseRetryAfterMs,
  RETRY_AFTER_MS_MAX,
  retryDelayMs,
} from "../../src/network/retry.ts";
import { NOTHING_WRITTEN } from "../../src/network/written.ts";
import { samplesOnly } from "../support/counts.ts";

const NOW_MS = Date.UTC(2025, 0, 1, 12, 0, 0);
const SENT = samplesOnly(5);

function answer(status: number) {
  return { status, retryAfter: undefined, nowMs: NOW_MS, sent: SENT };
}

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
    assert.equal(judge(answer(status)).kind, kind, `${status}`);
  }
  assert.deepEqual(judge(answer(200)), { kind: "delivered", written: SENT });
  const rejected = { kind: "rejected", written: NOTHING_WRITTEN };
  // Whoever answers 401 or 413 would answer so to each signal of it, too.
  assert.deepEqual(judge(answer(400)), { ...rejected, mayHoldPoison: true });
  assert.deepEqual(judge(answer(401)), { ...rejected, mayHoldPoison: false });
  assert.deepEqual(judge(answer(413)), { ...rejected, mayHoldPoison: false });
  // To 1.0 there is nothing to fall back to.
  assert.deepEqual(judge(answer(415)), { ...rejected, mayHoldPoison: false });
});

test("2.0: what the receiver says it wrote counts, with any status that is not retried", () => {
  const written = samplesOnly(2);
  for (const knowsV2 of [false, true]) {
    const said = (status: number) => judgeV2({ ...answer(status), written, knowsV2 });
    assert.deepEqual(said(200), { kind: "delivered", written });
    assert.deepEqual(said(400), { kind: "rejected", written, mayHoldPoison: false });
    assert.deepEqual(said(422), { kind: "rejected", written, mayHoldPoison: false });
    assert.deepEqual(said(415), { kind: "fall_back" });
    assert.equal(said(503).kind, "retry");
    assert.equal(said(429).kind, "retry");
    assert.equal(said(302).kind, "retry");
  }
});

test("2.0: a receiver that does not say what it wrote does not know 2.0", () => {
  const verdict = (status: number, knowsV2: boolean): string =>
    judgeV2({ ...answer(status), written: undefined, knowsV2 }).kind;
  for (const knowsV2 of [false, true]) {
    assert.equal(verdict(200, knowsV2), "fall_back");
    assert.equal(verdict(204, knowsV2), "fall_back");
    assert.equal(verdict(415, knowsV2), "fall_back");
    assert.equal(verdict(401, knowsV2), "rejected");
    assert.equal(verdict(413, knowsV2), "rejected");
    assert.equal(verdict(429, knowsV2), "retry");
    assert.equal(verdict(500, knowsV2), "retry");
  }
  assert.equal(verdict(400, false), "fall_back");
  const refused = judgeV2({ ...answer(400), written: undefined, knowsV2: true });
  assert.deepEqual(refused, { kind: "rejected", written: NOTHING_WRITTEN, mayHoldPoison: true });
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
    ["9".repeat(400), RETRY_AFTER_MS_MAX],
    ["300", RETRY_AFTER_MS_MAX],
    ["301", RETRY_AFTER_MS_MAX],
    ["0000000000000000000000007", 7000],
    ["-99999999999999999999", 0],
    ["+7", 0],
    ["7.5", 0],
    ["7 s", 0],
    ["7, 8", 0],
    ["0x10", 0],
    ["Infinity", 0],
    ["NaN", 0],
    ["\u0667", 0],
    ["x".repeat(100_000), 0],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_MS_MAX],
    ["Wed, 01 Jan 2025 25:61:61 GMT", 0],
    // The obsolete forms of RFC 9110, section 5.6.7, which recipients must accept.
    ["Wednesday, 01-Jan-25 12:00:30 GMT", 30_000],
    ["Wed Jan  1 12:00:30 2025", 30_000],
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
