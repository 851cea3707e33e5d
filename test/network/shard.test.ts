import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../src/contracts.ts";
import { UnreadableAnswerError } from "../../src/errors.ts";
import { type EndpointScript, makeAnswer } from "../../src/testing/memory.ts";
import { fixedCredential } from "../support/fixed_credential.ts";
import { AnswerReader } from "../../src/platform/http/answer_reader.ts";
import { request, SECRET, start, V2 } from "./support.ts";

test("a request carries the protocol's headers, the user's and the authorization", async () => {
  const seen: Record<string, string>[] = [];
  const { clock, shard } = start(({ headers }) => {
    seen.push({ ...headers });
    return makeAnswer(204);
  });
  shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  const { "user-agent": agent, ...rest } = seen[0]!;
  assert.match(agent ?? "", /^walq\/[0-9]+\.[0-9]+\.[0-9]+$/);
  assert.deepEqual(rest, {
    "authorization": SECRET,
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
    "x-scope-orgid": "me",
  });
  await shard.stop();
});

test("2.0 has headers of its own, which the user's do not override", async () => {
  const seen: Record<string, string>[] = [];
  const { clock, shard } = start(({ headers }) => {
    seen.push({ ...headers });
    return makeAnswer(503);
  }, { protobufMessage: V2 });
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(2000);
  for (const headers of seen) {
    assert.equal(headers["content-type"], `application/x-protobuf;proto=${V2}`);
    assert.equal(headers["x-prometheus-remote-write-version"], "2.0.0");
    assert.equal(headers["content-encoding"], "snappy");
  }
  assert.deepEqual(seen.map((headers) => headers["retry-attempt"]), [undefined, "1"]);
  await shard.stop();
});

test("2.0: what was not written is rejected, counted by kind and logged", async () => {
  const written = { "x-prometheus-remote-write-samples-written": "2" };
  for (const status of [200, 400]) {
    const { clock, shard, outcomes, events, logger, settled } = start(
      () => makeAnswer(status, "out of order", written),
      { protobufMessage: V2 },
    );
    shard.trySend(request(5, clock.nowMs()));
    await clock.settle();
    assert.deepEqual(outcomes, [["delivered", 2], ["rejected", 3]]);
    // What the cache of metadata hears: not all of it was taken.
    assert.deepEqual(settled, [[1, false]]);
    const { sentByKind, failedByKind, lastError } = events.counts();
    assert.deepEqual([sentByKind, failedByKind], [samplesOnly(2), samplesOnly(3)]);
    const reason = status === 200 ? /HTTP 200, but 3 signals were not written/ : /out of order/;
    assert.match(lastError ?? "", reason);
    assert.match(logger.lines[0]!, reason);
    await shard.stop();
  }
});

test("2.0: nothing of a request is settled before what was not written is kept", async () => {
  const written = { "x-prometheus-remote-write-samples-written": "2" };
  for (const status of [200, 400]) {
    let keep = (): void => {};
    const { clock, shard, outcomes, settled } = start(
      () => makeAnswer(status, "out of order", written),
      { protobufMessage: V2 },
      { keepRefused: () => new Promise((resolve) => keep = resolve) },
    );
    shard.trySend(request(5, clock.nowMs()));
    await clock.settle();
    // Which three those are nobody knows: each batch may have one of them.
    assert.deepEqual([outcomes, settled], [[], []]);
    keep();
    await clock.settle();
    assert.deepEqual([outcomes, settled], [[["delivered", 2], ["rejected", 3]], [[1, false]]]);
    await shard.stop();
  }
});

test("2.0: a receiver that does not know it ends the shard, and nothing is settled", async () => {
  const answers: [HttpAnswer, RegExp][] = [
    [makeAnswer(415, "unsupported"), /^HTTP 415: unsupported$/],
    [makeAnswer(204), /^HTTP 204 without the Written headers of remote write 2\.0$/],
    [makeAnswer(400, "cannot decode"), /^HTTP 400: cannot decode$/],
  ];
  for (const [answer, reason] of answers) {
    const { clock, shard, outcomes, settled, fallBacks, http, events, logger } = start(
      () => answer,
      { protobufMessage: V2 },
    );
    shard.trySend(request(1, clock.nowMs()));
    await clock.settle();
    shard.trySend(request(2, clock.nowMs()));
    await clock.advance(600_000);
    assert.equal(http.exchanges, 1);
    assert.deepEqual([outcomes, settled], [[], []]);
    assert.equal(fallBacks.length, 1);
    assert.match(fallBacks[0]!, reason);
    // Whoever replaces the shard logs it, once for all of them.
    assert.deepEqual(logger.lines, []);
    const { sentByKind, failedByKind, retriedTotal, retried5xxTotal } = events.counts();
    assert.deepEqual([sentByKind, failedByKind], [samplesOnly(0), samplesOnly(0)]);
    assert.deepEqual([retriedTotal, retried5xxTotal], [1, 0]);
    await shard.stop();
  }
});

test("2.0: a 400 from a receiver that has shown that it knows 2.0 is a rejection", async () => {
  const written = { "x-prometheus-remote-write-samples-written": "1" };
  const answers = [makeAnswer(200, "", written), makeAnswer(400, "too old")];
  const { clock, shard, outcomes, fallBacks } = start(() => answers.shift()!, {
    protobufMessage: V2,
  });
  for (let sent = 0; sent < 2; sent++) {
    shard.trySend(request(1, clock.nowMs()));
    await clock.settle();
  }
  assert.deepEqual(outcomes, [["delivered", 1], ["rejected", 1]]);
  assert.deepEqual(fallBacks, []);
  await shard.stop();
});

test("each request that was taken is settled once, whatever becomes of it", async () => {
  const { clock, shard, settled } = start(
    ({ body }) => makeAnswer(body![0] === 1 ? 200 : body![0] === 2 ? 400 : 500),
    { maxRetryAttempts: 1 },
  );
  const never = new AbortController().signal;
  for (const signals of [1, 2, 3]) {
    await shard.send(request(signals, clock.nowMs(), signals), never);
    await clock.advance(5000);
  }
  await shard.send(request(4, clock.nowMs() - 3_600_001, 4), never);
  await clock.advance(5000);
  assert.deepEqual(settled, [[1, true], [2, false], [3, false], [4, false]]);
  await shard.stop();
});

test("requests leave one after the other, in order", async () => {
  const seen: number[] = [];
  const answers: (() => void)[] = [];
  const { clock, shard, outcomes } = start(({ body }) => {
    seen.push(body![0]!);
    return new Promise((resolve) => answers.push(() => resolve(makeAnswer(200))));
  });
  const never = new AbortController().signal;
  const sent = [1, 2, 3].map((signals) => shard.send(request(signals, clock.nowMs()), never));
  await clock.settle();
  assert.deepEqual(seen, [1]);
  for (let index = 0; index < 3; index++) {
    answers[index]!();
    await clock.settle();
  }
  await Promise.all(sent);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(outcomes, [["delivered", 1], ["delivered", 2], ["delivered", 3]]);
  await shard.stop();
});

test("5xx, 429 and network errors are tried again, with the attempt's number, until it works", async () => {
  const script = [
    makeAnswer(500),
    makeAnswer(429),
    new Error("reset"),
    makeAnswer(302),
    makeAnswer(200),
  ];
  const attempts: (string | undefined)[] = [];
  const { clock, shard, outcomes, events } = start(({ headers }) => {
    attempts.push(headers["retry-attempt"]);
    const next = script.shift()!;
    if (next instanceof Error) throw next;
    return next;
  });
  shard.trySend(request(7, clock.nowMs()));
  await clock.advance(60_000);
  assert.deepEqual(attempts, [undefined, "1", "2", "3", "4"]);
  assert.deepEqual(outcomes, [["delivered", 7]]);
  const counts = events.counts();
  assert.equal(counts.retriedTotal, 28);
  assert.equal(counts.retried429Total, 7);
  assert.equal(counts.networkErrorsTotal, 1);
  await shard.stop();
});

test("any other 4xx is dropped and counted; the log has the answer's first line and no secret", async () => {
  const { clock, shard, outcomes, logger } = start(() => makeAnswer(400, "out of order\nmore"));
  shard.trySend(request(3, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(outcomes, [["rejected", 3]]);
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /the endpoint refuses a request.*HTTP 400: out of order"/);
  assert.ok(!logger.lines[0]!.includes("s3cret"));
  await shard.stop();
});

test("a refusal or an error that quotes the request shows no secret", async () => {
  const answers = [
    () => makeAnswer(503, `bad credentials: ${SECRET}, s3cret, tenant me-and-only-me`),
    () => {
      throw new Error("error sending request for url (http://endpoint/write/key?token=hush-hush)");
    },
  ];
  const { clock, shard, events, logger } = start(
    () => (answers.shift() ?? (() => makeAnswer(200)))(),
    {
      url: "http://endpoint/write/key?token=hush-hush",
      headers: { "X-Scope-OrgID": "me-and-only-me" },
    },
  );
  shard.trySend(request(1, clock.nowMs()));
  for (let second = 0; second < 30; second++) {
    await clock.advance(1000);
    const shown = `${events.counts().lastError} ${logger.lines.join()}`;
    assert.doesNotMatch(shown, /s3cret|hush|only-me/);
  }
  assert.match(logger.lines[0]!, /bad credentials: <hidden>/);
  await shard.stop();
});

test("no part of the request that is a secret is shown, whatever the endpoint echoes", async () => {
  const url = "http://endpoint/write/seg-ment7?token=to%20ken1&key=ke%2By22&id=abc";
  const authorization = `Basic ${btoa("u:hunter2:pässword".replace("ä", "\u00c3\u00a4"))}`;
  const long = "a-token-of-many-letters-".repeat(80);
  const cases: [string, string, string][] = [
    [authorization, "login failed for u:hunter2:pässword", "login failed for <hidden>"],
    [authorization, "wrong password 'hunter2:pässword'", "wrong password '<hidden>'"],
    [authorization, authorization.slice(6), "<hidden>"],
    [authorization, "unknown token to ken1, key ke+y22", "unknown token <hidden>, key <hidden>"],
    [authorization, "unknown to%20ken1 or ke%2By22", "unknown <hidden> or <hidden>"],
    [authorization, "no such path: /write/seg-ment7", "no such path: /write/<hidden>"],
    [authorization, "tenant abc is blocked", "tenant abc is blocked"],
    ["Basic no base64!", "what is no base64!", "what is <hidden>"],
    // The client reads the first bytes of an answer: the secret is not whole in it.
    [`Bearer ${long}`, `cannot read ${long.slice(0, 1000)}`, "cannot read <hidden>"],
    // Cut in a character of two bytes.
    [authorization, "wrong password 'hunter2:p\ufffd", "wrong password '<hidden>"],
    ['Bearer abc"def/ghi', 'what is abc\\"def\\/ghi?', "what is <hidden>?"],
  ];
  for (const status of [400, 503]) {
    for (const [secret, answer, shown] of cases) {
      const { clock, shard, events, logger } = start(() => makeAnswer(status, answer), {
        url,
      }, { credential: fixedCredential(secret) });
      shard.trySend(request(1, clock.nowMs()));
      await clock.settle();
      assert.equal(events.counts().lastError, `HTTP ${status}: ${shown}`);
      assert.ok(logger.lines[0]!.includes(`HTTP ${status}: ${shown}"`));
      await shard.stop();
    }
  }
});

test("an answer that cannot be read shows no secret, however little of it is shown", async () => {
  const url = "http://endpoint/write/a-token-of-thirty-one-letters-1";
  const password = "pässword-of-more-than-24-letters";
  const authorization = `Bearer ${password}`;
  const cases: [string, RegExp][] = [
    [
      "POST /write/a-token-of-thirty-one-letters-1 HTTP/1.1\r\n",
      /it begins with "POST \/write\/<hidden> HTT\.\.\.", expected "HTTP\/"$/,
    ],
    // It came in two packets: the secret is not whole.
    ["POST /write/a-token-of-thi", /it begins with "POST \/write\/<hidden>", expected/],
    [`HTTP/1.1 ${password}\r\n`, /its first line is "HTTP\/1.1 <hidden>", expected/],
    [`HTTP/1.1 200\r\nContent-Length: ${password}\r\n\r\n`, /length is "<hidden>", expected/],
  ];
  for (const [answer, shown] of cases) {
    const { clock, shard, events, logger } = start(
      () => {
        new AnswerReader(100).add(new TextEncoder().encode(answer));
        return assert.fail("it was read");
      },
      { url },
      { credential: fixedCredential(authorization) },
    );
    shard.trySend(request(1, clock.nowMs()));
    await clock.settle();
    assert.match(events.counts().lastError!, shown);
    assert.doesNotMatch(logger.lines.join("\n"), /a-token|ssword/);
    await shard.stop();
  }
});

test("Retry-After is waited for, also from a busy endpoint's 503", async () => {
  const times: number[] = [];
  const { clock, shard } = start(() => {
    times.push(clock.monotonicMs());
    return times.length === 1 ? makeAnswer(503, "", { "retry-after": "120" }) : makeAnswer(200);
  });
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(200_000);
  assert.deepEqual(times, [0, 120_000]);
  await shard.stop();
});

test("walq's own words are whole, whatever the path of the endpoint is made of", async () => {
  let attempts = 0;
  const script: EndpointScript = () => {
    if (++attempts > 1) return new Promise(() => {});
    return makeAnswer(302, "", { location: "https://redirect.example/redirect?a=b" });
  };
  const url = "http://endpoint/redirect/followed/answer/30000";
  const { clock, shard, events } = start(script, { url });
  const lastError = (): string => events.counts().lastError ?? "";
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(0);
  const elsewhere = "https://<hidden>.example/...?...";
  assert.ok(lastError().endsWith(`a redirect to ${elsewhere}, which is not followed`), lastError());
  await clock.advance(400_000);
  assert.match(lastError(), /no answer in 30000 ms/);
  await shard.stop();
});

test("an endpoint that never answers runs into the timeout and is tried again", async () => {
  let attempts = 0;
  const { clock, shard, events } = start(() => {
    attempts++;
    return new Promise(() => {});
  });
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(29_999);
  assert.equal(attempts, 1);
  await clock.advance(2000);
  assert.equal(attempts, 2);
  assert.match(events.counts().lastError ?? "", /no answer in 30000 ms/);
  await shard.stop();
});

test("max_retry_attempts is the number of attempts after the first", async () => {
  const { clock, shard, outcomes, http } = start(() => makeAnswer(500), { maxRetryAttempts: 2 });
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(600_000);
  assert.equal(http.exchanges, 3);
  assert.deepEqual(outcomes, [["max_retries", 5]]);
  await shard.stop();
});

test("what grows too old while it is retried is dropped before the next attempt", async () => {
  const { clock, shard, outcomes, http } = start(() => makeAnswer(500));
  shard.trySend(request(4, clock.nowMs() - 3_599_000));
  await clock.advance(10_000);
  assert.deepEqual(outcomes, [["ttl", 4]]);
  assert.equal(http.exchanges, 2);
  await shard.stop();
});

test("stop interrupts a wait and a send at once, and settles nothing", async () => {
  for (const script of [() => makeAnswer(500), () => new Promise<never>(() => {})]) {
    const { clock, shard, outcomes, failures } = start(script);
    shard.trySend(request(1, clock.nowMs()));
    await clock.settle();
    await shard.stop();
    assert.deepEqual(outcomes, []);
    assert.deepEqual(failures, []);
    assert.equal(clock.timers, 0);
  }
});

test("an endpoint that is down for an hour writes few lines", async () => {
  const { clock, shard, logger, http } = start(() => {
    throw new Error("refused");
  });
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(3_500_000);
  assert.ok(http.exchanges > 100);
  assert.ok(logger.lines.length <= http.exchanges);
  assert.ok(logger.lines.length <= 3_500_000 / 10_000);
  await shard.stop();
});

test("an answer that cannot be read is told as an error, and then rarely", async () => {
  const { clock, shard, logger, http } = start(() => {
    throw new UnreadableAnswerError("it begins with", { got: "SSH-2.0", expected: "HTTP" });
  });
  shard.trySend(request(1, clock.nowMs()));
  await clock.advance(3_500_000);
  assert.ok(http.exchanges > 100, `${http.exchanges} attempts`);
  assert.equal(logger.lines.length, 5);
  for (const line of logger.lines) {
    assert.match(line, /^error the endpoint answers in no form of HTTP and may have taken the req/);
    assert.match(line, /the answer cannot be read: it begins with/);
  }
  await shard.stop();
});
