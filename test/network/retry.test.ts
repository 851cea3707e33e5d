import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judge,
  judgeV2,
  parseRetryAfterMs,
  RETRY_AFTER_MS_MAX,
  retryDelayMs,
} from "../../src/network/retry.ts";
import type { OnRefused } from "../../src/contracts.ts";
import { NOTHING_WRITTEN } from "../../src/network/written.ts";
import { samplesOnly } from "../support/counts.ts";

const NOW_MS = Date.UTC(2025, 0, 1, 12, 0, 0);
const SENT = samplesOnly(5);

function answer(status: number, text: string = "", onRefused: OnRefused = "hold") {
  return { status, text, retryAfter: undefined, nowMs: NOW_MS, sent: SENT, onRefused };
}

test("each class of status has its verdict", () => {
  const cases: [number, string][] = [
    [200, "delivered"],
    [204, "delivered"],
    [299, "delivered"],
    [301, "retry"],
    [308, "retry"],
    [400, "rejected"],
    [409, "rejected"],
    [413, "too_large"],
    [418, "rejected"],
    [422, "rejected"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
    [510, "retry"],
    [599, "retry"],
  ];
  for (const [status, kind] of cases) {
    for (const onRefused of ["hold", "drop"] as const) {
      assert.equal(judge(answer(status, "", onRefused)).kind, kind, `${status}`);
    }
  }
  assert.deepEqual(judge(answer(200)), { kind: "delivered", written: SENT });
  const rejected = { kind: "rejected", written: NOTHING_WRITTEN };
  assert.deepEqual(judge(answer(400)), { ...rejected, mayHoldPoison: true });
  assert.deepEqual(judge(answer(409)), { ...rejected, mayHoldPoison: false });
});

const NOT_YOU = [401, 402, 403, 407, 511];
const NOT_HERE = [404, 405, 410, 414, 421, 423, 424, 426, 451];
const NOT_SO = [406, 411, 412, 415, 417, 428, 431];
const NOT_NOW = [408, 425, 499];

test("what says nothing about the data drops nothing", () => {
  for (const status of [...NOT_YOU, ...NOT_HERE, ...NOT_SO]) {
    const asked = { ...answer(status), retryAfter: "7" };
    assert.deepEqual(judge(asked), { kind: "refused", retryAfterMs: 7000 }, `${status}`);
  }
  for (const status of NOT_NOW) assert.equal(judge(answer(status)).kind, "retry", `${status}`);
  // As Prometheus does it; a 5xx is a 5xx.
  for (const status of [...NOT_YOU, ...NOT_HERE, ...NOT_SO, ...NOT_NOW]) {
    const wanted = status === 511 ? "retry" : "rejected";
    assert.equal(judge(answer(status, "", "drop")).kind, wanted, `${status}`);
  }
});

test("a 400 to whoever speaks HTTP where HTTPS is spoken is not about the data", () => {
  const texts = [
    "Client sent an HTTP request to an HTTPS server.\n",
    "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
    "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>",
  ];
  for (const text of texts) {
    assert.equal(judge(answer(400, text)).kind, "refused", text);
    assert.equal(judge(answer(400, text, "drop")).kind, "rejected", text);
  }
  // The same words in somebody's labels say nothing of the socket.
  for (
    const text of [
      'out of order: {url="https://port"}',
      'err-mimir-sample-out-of-order, series {alertname="SSL certificate expires soon"}',
      'out of order sample for series up{job="HTTPS server"}',
      '{"error":"out of order: \'HTTPS port\'"}',
    ]
  ) assert.equal(judge(answer(400, text)).kind, "rejected", text);
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
    assert.equal(said(401).kind, "refused");
    assert.equal(said(408).kind, "retry");
    // It has taken some of it: what is left is not too large.
    assert.deepEqual(said(413), { kind: "rejected", written, mayHoldPoison: false });
  }
});

test("2.0: a receiver that does not say what it wrote does not know 2.0", () => {
  for (const knowsV2 of [false, true]) {
    const verdict = (status: number): string =>
      judgeV2({ ...answer(status), written: undefined, knowsV2 }).kind;
    assert.equal(verdict(200), "fall_back");
    assert.equal(verdict(204), "fall_back");
    assert.equal(verdict(415), "fall_back");
    assert.equal(verdict(401), "refused");
    assert.equal(verdict(413), "too_large");
    assert.equal(verdict(429), "retry");
    assert.equal(verdict(500), "retry");
    const refused = judgeV2({ ...answer(400), written: undefined, knowsV2 });
    assert.deepEqual(refused, { kind: "rejected", written: NOTHING_WRITTEN, mayHoldPoison: true });
    const nothing = { ...answer(413), written: NOTHING_WRITTEN, knowsV2 };
    assert.equal(judgeV2(nothing).kind, "too_large");
  }
});

test("2.0: a 400 is taken for one that does not know 2.0 where its text says so, until it has shown that it does", () => {
  const kind = (text: string, knowsV2: boolean): string =>
    judgeV2({ ...answer(400, text), written: undefined, knowsV2 }).kind;
  const notUnderstood = [
    "remote write 2.0 is not supported",
    "Prometheus Remote Write 1.0 requires application/x-protobuf; content type not supported",
    "io.prometheus.write.v2.Request protobuf message is not accepted by this server; accepted [prometheus.WriteRequest]",
    "unsupported proto version",
    'unsupported content type "application/x-protobuf;proto=io.prometheus.write.v2.Request"',
    "expected application/x-protobuf as the first (media) part, got application/x-protobuf;proto=x content-type",
    '{"error":"proto: wrong wireType = 2 for field Timeseries"}',
    "proto: WriteRequest: illegal tag 0 (wire type 0)",
    'error in "/api/v1/write": cannot read prompb.WriteRequest: cannot unmarshal request',
    "failed to decode the remote write request: unexpected EOF",
    "can't decode this: doesn't look like prometheus.WriteRequest",
  ];
  for (const text of notUnderstood) {
    assert.equal(kind(text, false), "fall_back", text);
    assert.equal(kind(text, true), "rejected", text);
  }
  const aboutTheData = [
    "",
    "Bad Request",
    "out of order sample",
    "null",
    "7",
    '{"error":"out of order","proto":{"unsupported":1}}',
    "out of bounds",
    "duplicate sample for timestamp",
    'invalid metric name or labels, got {__name__="m", proto="udp", decode="unmarshal"}',
    "received a series with invalid label 'content-type' (err-mimir-label-invalid)",
    "per-user series limit of 150000 exceeded, please contact your administrator to raise it",
    "received a sample whose timestamp is too far in the future, series: 'unknown_proto_total'",
    "proto: label value contains invalid UTF-8",
    "decompress snappy: snappy: corrupt input",
  ];
  for (const text of aboutTheData) {
    for (const knowsV2 of [false, true]) assert.equal(kind(text, knowsV2), "rejected", text);
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
