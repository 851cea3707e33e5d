import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../src/actor/deadline.ts";
import { VirtualClock } from "../../src/testing/memory.ts";

const NEVER = new Promise<never>(() => {});

test("who is waited for is named when the time is over, and nobody else", async () => {
  const reasonAfter = async (wait: (deadline: Deadline) => Promise<unknown>): Promise<string> => {
    const clock = new VirtualClock();
    const deadline = new Deadline(new AbortController().signal, 1_000, clock);
    await wait(deadline);
    await clock.advance(1_000);
    const error = deadline.causeOf(undefined);
    deadline.end();
    return (error as Error).message;
  };
  const none = (): Promise<void> => Promise.resolve();
  assert.equal(await reasonAfter(none), "no answer in 1000 ms");
  assert.equal(
    await reasonAfter((deadline) => {
      void deadline.waitFor("the giver", NEVER);
      return none();
    }),
    "no answer in 1000 ms from the giver",
  );
  assert.equal(
    await reasonAfter((deadline) => {
      deadline.connecting("http://proxy");
      return none();
    }),
    "no answer in 1000 ms while the proxy http://proxy was to connect",
  );
  assert.equal(
    await reasonAfter(async (deadline) => {
      deadline.connecting("http://proxy");
      deadline.connecting(undefined);
      assert.equal(await deadline.waitFor("the giver", 7), 7);
      await assert.rejects(deadline.waitFor("the giver", Promise.reject(new Error("no"))), /no/);
    }),
    "no answer in 1000 ms",
  );
});

test("waits that come one after the other share a signal until one is broken off", async () => {
  const clock = new VirtualClock();
  const outer = new AbortController();
  const begin = (): Deadline => Deadline.next(outer.signal, 1_000, clock);
  const first = begin();
  await clock.advance(999);
  first.connecting("http://proxy");
  first.end();
  // The time of the wait that is over aborts nothing.
  await clock.advance(999);
  const second = begin();
  assert.equal(second.signal, first.signal);
  await clock.advance(999);
  assert.equal(second.signal.aborted, false);
  await clock.advance(1);
  assert.equal((second.causeOf(undefined) as Error).message, "no answer in 1000 ms");
  assert.equal(second.isLate, true);
  second.end();
  const third = begin();
  assert.notEqual(third.signal, second.signal);
  assert.deepEqual([third.signal.aborted, third.isLate], [false, false]);
  // Two at once are two.
  assert.notEqual(begin().signal, third.signal);
  third.end();
  outer.abort(new Error("stop"));
  assert.equal(begin().signal.reason, outer.signal.reason);
});

test("the time of who signs, or of a proxy, is not the endpoint's", async () => {
  const clock = new VirtualClock();
  const deadline = new Deadline(new AbortController().signal, 1_000, clock);
  deadline.connecting("http://proxy");
  await clock.advance(1_000);
  assert.deepEqual([deadline.signal.aborted, deadline.isLate], [true, false]);
  deadline.end();
});
