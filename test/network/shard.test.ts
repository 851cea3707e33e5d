import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DropReason } from "../../src/types.ts";
import type { RequestPart, SealedRequest } from "../../src/contracts.ts";
import {
  type EndpointScript,
  makeAnswer,
  ScriptedHttpClient,
  VirtualClock,
} from "../../src/platform/memory.ts";
import { LogLimiter } from "../../src/actor/log_limiter.ts";
import { type SendOptions, Shard } from "../../src/network/shard.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const SECRET = "Bearer s3cret";

function start(script: EndpointScript, options: Partial<SendOptions> = {}) {
  const clock = new VirtualClock();
  const http = new ScriptedHttpClient(script);
  const logger = new MemoryLogger();
  const events = new FakeEvents();
  const outcomes: ["delivered" | DropReason, number][] = [];
  const failures: unknown[] = [];
  const fallBacks: string[] = [];
  const shard = new Shard(0, {
    send: {
      url: "http://endpoint/write",
      protobufMessage: "prometheus.WriteRequest",
      authorization: SECRET,
      headers: { "X-Scope-OrgID": "me", "Content-Type": "text/plain" },
      writeTimeoutMs: 30_000,
      retryBackoffMs: 1000,
      retryBackoffMaxMs: 30_000,
      maxRetryAttempts: 0,
      ttlMs: 3_600_000,
      ...options,
    },
    http,
    clock,
    random: () => 0.5,
    events,
    logger,
    refusals: new LogLimiter(clock),
    expire: (request) => ({ request: undefined, dropped: request.parts }),
    settle: (parts: readonly RequestPart[], outcome) => {
      for (const { signals } of parts) outcomes.push([outcome, signals]);
    },
    settled: () => {},
    onFallBack: (reason) => fallBacks.push(reason),
    onIdle: () => {},
    onFailure: (error) => failures.push(error),
  });
  shard.start();
  return { clock, http, logger, events, outcomes, failures, fallBacks, shard };
}

function request(signals: number, ofMs: number): SealedRequest {
  const body = {
    bytes: Uint8Array.of(signals),
    uncompressedBytes: 1,
    signals,
    number: 1,
    kinds: samplesOnly(signals),
    oldestMs: ofMs,
    newestMs: ofMs,
  };
  return { body, parts: [{ batchId: 1, signals }] };
}

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
