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
