/** A clock that leaps or is wrong: what was taken in is not deleted, what comes in is not refused, and it is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./support.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function down(): Promise<never> {
  return Promise.reject(new Error("connection refused"));
}

/** A queue whose endpoint can be healed. */
class Backlog extends Rig {
  heal: () => void = () => {};
}

/** A backlog on disk, and an endpoint that takes nothing any more. */
async function withBacklog(options: { readonly wasAsked: boolean }): Promise<Backlog> {
  const rig = await new Backlog({ ttl: "2h" }).open();
  if (options.wasAsked) {
    await rig.put("first", 1);
    await rig.drain();
  }
  const { answer } = rig.one;
  rig.one.answer = down;
  for (let value = 0; value < 5; value++) {
    await rig.put("backlog", value);
    await rig.platform.time.advance(MINUTE_MS);
  }
  rig.heal = () => {
    rig.one.answer = answer;
  };
  return rig;
}

async function assertAllArrives(rig: Backlog): Promise<void> {
  rig.heal();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=backlog"), [0, 1, 2, 3, 4]);
  assert.equal(rig.queue.stats().dropped.ttl, 0);
  rig.checkSum();
  await rig.queue.close();
}

for (const aheadMs of [3 * HOUR_MS, 3 * DAY_MS, -3 * DAY_MS]) {
  const hours = aheadMs / HOUR_MS;
  for (const wasAsked of [true, false]) {
    const who = wasAsked
      ? "an endpoint that had answered before"
      : "an endpoint that never answered";
    test(`a leap of ${hours} h deletes nothing of the backlog of ${who}`, async () => {
      const rig = await withBacklog({ wasAsked });
      rig.platform.time.jump(aheadMs);
      await rig.platform.time.advance(10 * MINUTE_MS);
      assert.equal(rig.pending(), 5);
      await assertAllArrives(rig);
    });
  }

  test(`a restart with a clock that is off by ${hours} h deletes nothing of the backlog`, async () => {
    const rig = await withBacklog({ wasAsked: true });
    await rig.queue.close();
    rig.platform.time.jump(aheadMs);
    await rig.open();
    await rig.platform.time.advance(10 * MINUTE_MS);
    assert.equal(rig.pending(), 5);
    await assertAllArrives(rig);
  });
}

test("a clock that is right when the endpoint comes back deletes what is too old, and no more", async () => {
  const rig = await withBacklog({ wasAsked: true });
  rig.platform.time.suspend(2 * HOUR_MS - 3 * MINUTE_MS);
  rig.heal();
  await rig.drain();
  // The first request left before the endpoint could say what time it is.
  assert.deepEqual(rig.one.valuesOf("__name__=backlog").slice(-2), [3, 4]);
  rig.checkSum();
  await rig.queue.close();
});

for (const hours of [3, 14, 23]) {
  test(`with a clock that is ${hours} h ahead from the start, what comes in is taken and sent`, async () => {
    const rig = new Rig({ ttl: "2h" });
    rig.platform.time.jump(hours * HOUR_MS);
    await rig.open();
    for (let value = 0; value < 5; value++) {
      await rig.put("fresh", value, rig.platform.time.trueMs());
      await rig.platform.time.advance(MINUTE_MS);
    }
    await rig.drain();
    assert.deepEqual(rig.one.valuesOf("__name__=fresh"), [0, 1, 2, 3, 4]);
    assert.equal(rig.queue.stats().refused.ttl, 0);
    const { state, aheadMs, aheadOfSendersMs } = rig.queue.stats().clock;
    assert.deepEqual([state, Math.round(aheadMs / HOUR_MS)], ["ahead", hours]);
    assert.equal(Math.round(aheadOfSendersMs! / HOUR_MS), hours);
    const told = rig.logger.lines.filter((line) => line.includes("the clock is far ahead of"));
    assert.equal(told.length, 2, told.join("\n"));
    assert.match(told[0]!, /^warn .*the endpoint's: .*"endpoint":"one","ahead_seconds":/);
    assert.match(told[1]!, /^warn .*the senders' timestamps: .*"ahead_seconds":/);
    await rig.queue.close();
  });
}

test("a sender from the future does not age what others send", async () => {
  const rig = await new Rig({ ttl: "2h" }).open();
  await rig.put("future", 1, rig.nowMs() + 30 * DAY_MS);
  await rig.drain();
  await rig.put("late", 1, rig.nowMs() - HOUR_MS);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=late"), [1]);
  await rig.queue.close();
});

test("one of two endpoints with a wrong clock keeps more of its own, and deletes nothing of the other's", async () => {
  for (const offMs of [-400 * DAY_MS, 400 * DAY_MS]) {
    const rig = new Rig({ ttl: "2h" }, ["one", "two"]);
    rig.datesOff.set("two", offMs);
    await rig.open();
    await rig.put("a", 1);
    await rig.drain();
    const [answerOne, answerTwo] = [rig.one.answer, rig.endpoints["two"]!.answer];
    rig.one.answer = down;
    rig.endpoints["two"]!.answer = down;
    await rig.put("a", 2);
    await rig.platform.time.advance(HOUR_MS);
    rig.one.answer = answerOne;
    rig.endpoints["two"]!.answer = answerTwo;
    await rig.drain();
    for (const double of Object.values(rig.endpoints)) {
      assert.deepEqual(double.valuesOf("__name__=a"), [1, 2]);
    }
    assert.equal(rig.queue.stats().clock.state, offMs < 0 ? "ahead" : "behind");
    await rig.queue.close();
  }
});

test("what the clock is held against is told once it agrees again", async () => {
  const rig = await new Rig({ ttl: "2h" }).open();
  assert.equal(rig.queue.stats().clock.state, "unconfirmed");
  await rig.put("a", 1);
  await rig.drain();
  assert.equal(rig.queue.stats().clock.state, "agrees");
  rig.platform.time.jump(HOUR_MS);
  assert.equal(rig.queue.stats().clock.state, "ahead");
  assert.equal(rig.queue.stats().endpoints[0]!.clockConfirmed, true);
  await rig.put("a", 2);
  await rig.drain();
  rig.platform.time.jump(-HOUR_MS);
  await rig.put("a", 3);
  await rig.drain();
  assert.equal(rig.queue.stats().clock.state, "agrees");
  const told = rig.logger.lines.filter((line) => line.includes("the clock "));
  assert.deepEqual(told.map((line) => line.split(" ", 1)[0]), ["warn", "info"]);
  await rig.queue.close();
});
