import assert from "node:assert/strict";
import { test } from "node:test";
import { Sleepers } from "../../src/actor/sleepers.ts";
import { VirtualClock } from "../../src/testing/memory.ts";

test("each sleeps until its time is over, or all are woken, or its signal aborts", async () => {
  const clock = new VirtualClock();
  const sleepers = new Sleepers(clock);
  const controller = new AbortController();
  const FOREVER = new AbortController().signal;
  const ended: string[] = [];
  const begin = (name: string, delayMs: number, signal: AbortSignal): void => {
    void sleepers.sleep(delayMs, signal).then((isOver) => ended.push(`${name} ${isOver}`));
  };
  assert.equal(sleepers.sinceMs, Infinity);
  await clock.advance(5);
  begin("short", 10, FOREVER);
  await clock.advance(3);
  begin("aborted", 1_000, controller.signal);
  begin("long", 1_000, FOREVER);
  assert.equal(sleepers.sinceMs, 5);
  await clock.advance(7);
  assert.deepEqual(ended, ["short true"]);
  assert.equal(sleepers.sinceMs, 8);
  controller.abort();
  await clock.advance(0);
  sleepers.wakeAll();
  await clock.advance(0);
  assert.deepEqual(ended, ["short true", "aborted false", "long true"]);
  assert.equal(sleepers.sinceMs, Infinity);
  assert.equal(await sleepers.sleep(1, controller.signal), false);
});
