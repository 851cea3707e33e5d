import assert from "node:assert/strict";
import { test } from "node:test";
import { Waiters } from "../../src/actor/waiters.ts";

const never = new AbortController().signal;

test("who waits for what is so already does not wait", async () => {
  assert.equal(await new Waiters().until(() => true, never), true);
});

test("who waits looks at every change, and is through at the first that makes it so", async () => {
  const waiters = new Waiters();
  let count = 0;
  let looks = 0;
  const isSo = (): boolean => {
    looks++;
    return count >= 2;
  };
  const through = waiters.until(isSo, never);
  for (count = 1; count <= 3; count++) waiters.changed();
  assert.equal(await through, true);
  assert.equal(looks, 3, "at the start, and at each change until it is so");
});

test("what was so for the moment of a change has been so", async () => {
  const waiters = new Waiters();
  let isSo = false;
  const through = waiters.until(() => isSo, never);
  isSo = true;
  waiters.changed();
  isSo = false;
  waiters.changed();
  assert.equal(await through, true);
});

test("each waits for its own", async () => {
  const waiters = new Waiters();
  let count = 0;
  const stop = new AbortController();
  const first = waiters.until(() => count === 1, stop.signal);
  const second = waiters.until(() => count === 2, stop.signal);
  count = 2;
  waiters.changed();
  assert.equal(await second, true);
  stop.abort();
  assert.equal(await first, false);
});

test("an abort ends the wait, before it and in it, and nobody looks any more", async () => {
  const waiters = new Waiters();
  let looks = 0;
  const isSo = (): boolean => {
    looks++;
    return false;
  };
  const stop = new AbortController();
  const waiting = waiters.until(isSo, stop.signal);
  stop.abort();
  assert.equal(await waiting, false);
  assert.equal(await waiters.until(() => true, stop.signal), false);
  waiters.changed();
  assert.equal(looks, 1);
});
