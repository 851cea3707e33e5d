import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/testing/memory.ts";
import { Pace } from "../../src/network/pace.ts";
import { type Turn, Turns } from "../../src/network/turns.ts";

const never = new AbortController().signal;

function two(shards: number): { clock: VirtualClock; turns: Turns; backlog: Turn; fresh: Turn } {
  const clock = new VirtualClock();
  const turns = new Turns(clock);
  const [backlog, fresh] = [turns.join(() => shards), turns.join(() => shards)];
  turns.prefer(fresh);
  return { clock, turns, backlog, fresh };
}

test("a lane that is alone waits for nobody", () => {
  const turns = new Turns(new VirtualClock());
  const lane = turns.join(() => 1);
  for (let shard = 0; shard < 3; shard++) {
    assert.equal(lane.admits(shard), true);
    lane.begins(shard);
  }
});

test("the lanes have as many under way as there are shards, and the fresh one always room for one", () => {
  const { backlog, fresh } = two(3);
  for (const shard of [0, 1]) {
    assert.equal(backlog.admits(shard), true);
    backlog.begins(shard);
  }
  assert.equal(backlog.admits(2), false);
  assert.equal(fresh.admits(10), true);
  fresh.begins(10);
  assert.equal(fresh.admits(11), false);
});

test("with one shard each lane has one under way", () => {
  const { backlog, fresh } = two(1);
  assert.equal(backlog.admits(0), true);
  backlog.begins(0);
  assert.equal(fresh.admits(10), true);
  fresh.begins(10);
  assert.equal(fresh.admits(11), false);
});

test("nothing of the backlog leaves while a fresh request is to leave, and it does when that rests", async () => {
  const { backlog, fresh } = two(4);
  assert.equal(fresh.admits(10), true);
  assert.equal(backlog.admits(0), false);
  const waited = backlog.wait(never);
  fresh.rests(10);
  assert.equal(await waited, true);
  assert.equal(backlog.admits(0), true);
});

test("between two requests of a fresh shard nothing of the backlog leaves, and it does when there is no second one", () => {
  const { backlog, fresh } = two(4);
  fresh.admits(10);
  fresh.begins(10);
  assert.equal(backlog.admits(0), true);
  fresh.ends(10, 204);
  assert.equal(backlog.admits(0), false);
  fresh.leaves(10);
  assert.equal(backlog.admits(0), true);
});

test("one that was too many holds the backlog back until it is taken, but not for ever", async () => {
  const { clock, backlog, fresh } = two(4);
  fresh.admits(10);
  fresh.begins(10);
  fresh.ends(10, 429);
  assert.equal(backlog.admits(0), false);
  fresh.admits(10);
  fresh.begins(10);
  fresh.ends(10, 204);
  fresh.leaves(10);
  assert.equal(backlog.admits(0), true);
  fresh.begins(10);
  fresh.ends(10, 429);
  fresh.rests(10);
  assert.equal(backlog.admits(0), false);
  await clock.advance(30_000);
  assert.equal(backlog.admits(0), true);
});

test("a shard that stops, and a lane that ends, keep nobody", () => {
  const { turns, backlog, fresh } = two(4);
  fresh.admits(10);
  fresh.leaves(10);
  assert.equal(backlog.admits(0), true);
  fresh.admits(10);
  turns.leave(fresh);
  assert.equal(backlog.admits(0), true);
});

test("an abort ends the wait", async () => {
  const { backlog, fresh } = two(2);
  fresh.admits(10);
  const stop = new AbortController();
  const waited = backlog.wait(stop.signal);
  stop.abort();
  assert.equal(await waited, false);
});

test("a slow endpoint gets fewer requests, then smaller ones, and more when it is fast again", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock);
  pace.took(100_000, 4_000, 8);
  assert.equal(pace.requestsMax, 4);
  await clock.advance(5_000);
  pace.took(100_000, 4_000, 4);
  await clock.advance(5_000);
  pace.took(100_000, 2_000, 2);
  assert.equal(pace.requestsMax, 1);
  assert.ok(pace.fits(100_000));
  await clock.advance(5_000);
  pace.took(100_000, 4_000, 1);
  assert.equal(pace.fits(100_000), false);
  assert.ok(pace.fits(50_000));
  for (let each = 0; each < 20; each++) {
    await clock.advance(1_000);
    pace.took(50_000 * 2 ** each, 100, 1);
  }
  assert.ok(pace.fits(100_000) && pace.requestsMax > 1);
});

test("one that is too large also for an endpoint that answers one after the other gets smaller at once", () => {
  const pace = new Pace(new VirtualClock());
  pace.took(100_000, 10_000, 2);
  assert.equal(pace.requestsMax, 1);
  assert.equal(pace.fits(60_000), false);
  assert.ok(pace.fits(20_000));
});

test("while somebody holds them nothing leaves, also of a lane that is alone", async () => {
  const turns = new Turns(new VirtualClock());
  const lane = turns.join(() => 2);
  const [first, second] = [turns.hold(), turns.hold()];
  assert.equal(lane.admits(0), false);
  const waited = lane.wait(never);
  first();
  first();
  assert.equal(lane.admits(0), false);
  second();
  assert.equal(await waited, true);
  assert.equal(lane.admits(0), true);
});

test("an answer to what left before a change says nothing", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock);
  await clock.advance(10_000);
  pace.took(1_000, 4_000, 8);
  pace.took(1_000, 4_000, 8);
  assert.equal(pace.requestsMax, 4);
});

test("where small requests take as long nothing is held back", async () => {
  const clock = new VirtualClock();
  const pace = new Pace(clock);
  for (let bytes = 4_096; bytes >= 1; bytes /= 2) {
    await clock.advance(10_000);
    pace.took(Math.max(bytes, 64), 3_000, 1);
  }
  assert.ok(pace.fits(10_000_000));
  assert.equal(pace.requestsMax, Infinity);
});
