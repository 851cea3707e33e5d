/** An endpoint that says "not you" or "not here": nothing is dropped, and one shard asks again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type EndpointScript,
  makeAnswer,
  ScriptedHttpClient,
  VirtualClock,
} from "../../src/testing/memory.ts";
import { Gate } from "../../src/network/gate.ts";
import { Outage } from "../../src/network/outage.ts";
import type { SendOptions, ShardContext } from "../../src/network/shard_context.ts";
import { fixedCredential } from "../support/fixed_credential.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { selectNone } from "./splitting.ts";
import { request, start, type StartedShard } from "./support.ts";

const never = new AbortController().signal;

test("it is asked again soon, then after pauses that grow to five minutes, and all of it arrives", async () => {
  const times: number[] = [];
  const { clock, shard, outcomes, events } = start(() => {
    times.push(clock.monotonicMs());
    return makeAnswer(times.length < 9 ? 403 : 200);
  }, { maxRetryAttempts: 2 });
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(1_800_000);
  const pauses = times.slice(1).map((time, index) => time - times[index]!);
  assert.deepEqual(pauses, [750, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  // Holding uses up no attempts, of which two after the first are allowed.
  assert.deepEqual(outcomes, [["delivered", 5]]);
  assert.equal(events.counts().lastError, undefined);
  await shard.stop();
});

test("who asks says so in Retry-Attempt, and failures on the way keep their own count", async () => {
  const statuses = [401, 503, 401, 503, 503];
  const seen: (string | undefined)[] = [];
  const { clock, shard, outcomes } = start(({ headers }) => {
    seen.push(headers["retry-attempt"]);
    return makeAnswer(statuses.shift() ?? 200);
  }, { maxRetryAttempts: 2 });
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(600_000);
  assert.deepEqual(seen, [undefined, "1", "2", "3", "4"]);
  assert.deepEqual(outcomes, [["max_retries", 5]]);
  await shard.stop();
});

test("Retry-After is honoured where it is longer than the pause", async () => {
  const times: number[] = [];
  const waits = ["120", "1", "86400"];
  const { clock, shard } = start(() => {
    times.push(clock.monotonicMs());
    const wait = waits[times.length - 1];
    return wait === undefined ? makeAnswer(200) : makeAnswer(401, "", { "retry-after": wait });
  });
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(1_800_000);
  assert.deepEqual(times, [0, 120_000, 150_000, 450_000]);
  await shard.stop();
});

test("a pause is up to a tenth shorter, by lot", async () => {
  const times: number[] = [];
  const clock = new VirtualClock();
  const gate = new Gate({ clock, random: () => 1, logger: new MemoryLogger() });
  const { shard } = start(
    () => {
      times.push(clock.monotonicMs());
      return makeAnswer(401);
    },
    {},
    { clock, gate },
  );
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(100_000);
  assert.deepEqual(times, [0, 675, 27_675, 81_675]);
  await shard.stop();
});

test("that sending works again is told of a request that left after the failure, and once in a while", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const outage = new Outage({ clock, logger }, () => 9);
  outage.delivered(0);
  await clock.advance(1_000);
  outage.failed("a");
  await clock.advance(500);
  outage.failed("a");
  outage.delivered(999);
  assert.deepEqual(logger.lines, []);
  outage.delivered(1_000);
  outage.delivered(1_000);
  assert.deepEqual(logger.lines, [
    'info sending works again {"down_ms":500,"pending_signals":9}',
  ]);
  for (let each = 0; each < 20; each++) {
    outage.failed("a");
    await clock.advance(1_000);
    outage.delivered(clock.monotonicMs());
  }
  assert.equal(logger.lines.length, 3);
  // The end of another kind of outage is not hidden by those.
  outage.failed("b");
  outage.delivered(clock.monotonicMs());
  assert.equal(logger.lines.length, 4);
});

test("where the line is held back, that sending works again is told late, and only if it still does", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const outage = new Outage({ clock, logger }, () => 9);
  const fail = async (): Promise<void> => {
    outage.failed("a");
    await clock.advance(100);
  };
  const said = (): number => logger.lines.length;
  await fail();
  outage.delivered(clock.monotonicMs());
  await fail();
  outage.delivered(clock.monotonicMs());
  assert.equal(said(), 1);
  await clock.advance(10_000);
  assert.match(logger.lines[1]!, /^info sending works again {"down_ms":100,/);
  // The next line is held back too, and then it fails again.
  await fail();
  outage.delivered(clock.monotonicMs());
  await fail();
  await clock.advance(60_000);
  assert.equal(said(), 2);
  outage.delivered(clock.monotonicMs());
  assert.match(logger.lines[2]!, /"down_ms":60100,/);
  await fail();
  outage.delivered(clock.monotonicMs());
  assert.equal(clock.timers, 1);
  outage.stop();
  assert.equal(clock.timers, 0);
});

test("an endpoint that refuses one of two requests fills no log", async () => {
  let asked = 0;
  const { clock, shard, logger } = start(() => makeAnswer(++asked % 2 === 0 ? 200 : 403));
  for (let each = 0; each < 60; each++) {
    await shard.send(request(1, clock.nowMs()), never);
    await clock.advance(1_000);
  }
  assert.ok(asked > 100);
  const lines = (level: string): number =>
    logger.lines.filter((line) => line.startsWith(level)).length;
  assert.ok(lines("error") <= 6 && lines("info") <= 6, logger.lines.join("\n"));
  await shard.stop();
});

test("on_refused: drop does what Prometheus does", async () => {
  for (const status of [401, 404, 408, 421]) {
    const { clock, shard, outcomes, http } = start(() => makeAnswer(status), { onRefused: "drop" });
    shard.trySend(request(5, clock.nowMs()));
    await clock.settle();
    assert.deepEqual([outcomes, http.exchanges], [[["rejected", 5]], 1]);
    await shard.stop();
  }
});

test("a 408 is a passing fault: tried again by the ordinary backoff", async () => {
  const times: number[] = [];
  const { clock, shard, outcomes, logger } = start(() => {
    times.push(clock.monotonicMs());
    return makeAnswer(times.length < 4 ? 408 : 204);
  });
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(60_000);
  assert.deepEqual(times, [0, 750, 2_250, 5_250]);
  assert.deepEqual(outcomes, [["delivered", 5]]);
  assert.doesNotMatch(logger.lines.join(), /^error/m);
  await shard.stop();
});

test("an error line says why, without secrets, and one line when it works again, for how long it was down", async () => {
  let status = 401;
  const { clock, shard, logger, events } = start(() => makeAnswer(status, "who is s3cret?"));
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(1_000);
  assert.equal(events.counts().lastError, "HTTP 401: who is <hidden>?");
  status = 200;
  await clock.advance(60_000);
  await shard.send(request(5, clock.nowMs()), never);
  await clock.advance(60_000);
  const line = (asked: number): string =>
    "error the endpoint refuses walq: nothing is dropped, what is pending waits " +
    `{"host":"endpoint","error":"HTTP 401: who is <hidden>?","asked_again_in_ms":${asked}}`;
  assert.deepEqual(logger.lines, [
    line(750),
    line(30_000),
    'info sending works again {"down_ms":30750,"pending_signals":7}',
  ]);
  await shard.stop();
});

/** Shards of one endpoint, which share what they must. */
function shardsOf(count: number, script: EndpointScript, options: Partial<SendOptions> = {}) {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const http = new ScriptedHttpClient(script);
  const gate = new Gate({ clock, random: () => 0, logger });
  const outage = new Outage({ clock, logger }, () => 0);
  const outcomes: StartedShard["outcomes"] = [];
  const settle: ShardContext["settle"] = (parts, outcome) => {
    for (const { signals } of parts) outcomes.push([outcome, signals]);
  };
  const context = { clock, logger, http, gate, outage, settle, select: selectNone };
  const all = Array.from(
    { length: count },
    (_, index) => start(script, options, context, index).shard,
  );
  const stop = async (): Promise<void> => {
    for (const shard of all) await shard.stop();
    gate.stop();
    assert.equal(clock.timers, 0);
  };
  return { clock, logger, http, gate, outcomes, all, stop };
}

test("all shards wait for one that asks; when it is heard all go on", async () => {
  let status = 401;
  const { clock, all, http, gate, outcomes, logger, stop } = shardsOf(64, () => makeAnswer(status));
  for (const shard of all) shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  assert.equal(http.exchanges, 64);
  for (const shard of all) shard.trySend(request(1, clock.nowMs()));
  // Soon, after 30 s, 1, 2, 4 and twice 5 minutes.
  await clock.advance(1_100_000);
  assert.equal(http.exchanges, 64 + 7);
  assert.equal(gate.shutForMs, 1_100_000);
  assert.equal(logger.lines.filter((line) => line.startsWith("error")).length, 8);
  status = 200;
  await clock.advance(300_000);
  assert.equal(http.exchanges, 64 + 7 + 128);
  assert.equal(outcomes.length, 128);
  assert.equal(gate.shutForMs, 0);
  await stop();
});

test("another shard asks each time, so that one request is not the measure of all", async () => {
  const asked: number[] = [];
  // A firewall that dislikes what the first request says, and nothing else.
  const { clock, all, outcomes, stop } = shardsOf(3, ({ body }) => {
    asked.push(body![0]!);
    return makeAnswer(body![0] === 1 ? 403 : 200);
  });
  for (const [index, shard] of all.entries()) {
    shard.trySend(request(index + 1, clock.nowMs()));
    await clock.settle();
  }
  // Who was not refused yet need not wait for the end of the pause.
  assert.deepEqual(asked, [1, 2, 1, 3]);
  assert.deepEqual(outcomes, [["delivered", 2], ["delivered", 3]]);
  await clock.advance(60_000);
  await stop();
});

test("a login in a header of the user's own is no secret that could have changed", async () => {
  const times: number[] = [];
  const { clock, shard, logger } = start(
    () => {
      times.push(clock.monotonicMs());
      return makeAnswer(401);
    },
    { headers: { Authorization: "Token t0ken-of-mine" } },
    { credential: fixedCredential(undefined) },
  );
  shard.trySend(request(5, clock.nowMs()));
  await clock.advance(100_000);
  assert.deepEqual(times, [0, 750, 30_750, 90_750]);
  assert.match(logger.lines[0]!, /^error the endpoint refuses walq/);
  await shard.stop();
});

test("what grows too old while it waits goes for ttl, also where its shard does not ask", async () => {
  const { clock, all, outcomes, http, stop } = shardsOf(4, () => makeAnswer(401), {
    ttlMs: 600_000,
  });
  for (const shard of all) {
    for (let each = 0; each < 2; each++) shard.trySend(request(3, clock.nowMs()));
  }
  await clock.advance(1_000_000);
  assert.deepEqual(outcomes, Array.from({ length: 8 }, () => ["ttl", 3]));
  assert.equal(http.exchanges, 4 + 5);
  await stop();
});

test("an endpoint that does not answer any more while it is asked: one shard alone goes on trying", async () => {
  let isDown = false;
  let status = 404;
  const { clock, all, outcomes, http, stop } = shardsOf(8, () => {
    if (isDown) throw new Error("refused");
    return makeAnswer(status);
  }, { ttlMs: 3_000_000 });
  for (const [index, shard] of all.entries()) {
    shard.trySend(request(1, clock.nowMs() - (index === 7 ? 2_990_000 : 0)));
  }
  await clock.settle();
  isDown = true;
  await clock.advance(100_000);
  assert.ok(http.exchanges < 8 + 10, `${http.exchanges}`);
  // It waits, and grows too old meanwhile.
  assert.deepEqual(outcomes, [["ttl", 1]]);
  status = 200;
  isDown = false;
  await clock.advance(60_000);
  assert.equal(outcomes.filter(([outcome]) => outcome === "delivered").length, 7);
  await stop();
});

test("a shard that stops while it asks leaves it to another one, at once", async () => {
  const asked: number[] = [];
  let isHanging = false;
  const { clock, all, stop } = shardsOf(2, ({ body }) => {
    asked.push(body![0]!);
    return isHanging ? new Promise(() => {}) : makeAnswer(401);
  });
  for (const [index, shard] of all.entries()) shard.trySend(request(index, clock.nowMs()));
  await clock.settle();
  isHanging = true;
  await clock.advance(1_000);
  assert.equal(asked.length, 3);
  const [asker] = asked.slice(2);
  await all[asker!]!.stop();
  await clock.settle();
  assert.deepEqual(asked.slice(3), [1 - asker!]);
  await stop();
});

test("a late answer to a request of before neither shuts nor opens what has changed since", async () => {
  const answers: ((status: number) => void)[] = [];
  const { clock, all, http, gate, stop } = shardsOf(
    2,
    () => new Promise((resolve) => answers.push((status) => resolve(makeAnswer(status)))),
  );
  for (const shard of all) shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  answers[0]!(401);
  await clock.settle();
  answers[1]!(200);
  await clock.settle();
  assert.equal(http.exchanges, 2);
  await clock.advance(999);
  assert.equal(gate.shutForMs, 999);
  answers[2]!(200);
  await clock.settle();
  assert.equal(gate.shutForMs, 0);
  await stop();
});
