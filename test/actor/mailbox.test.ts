import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../src/actor/mailbox.ts";

const never = new AbortController().signal;

test("what was sent is received in order", async () => {
  const mailbox = new Mailbox<number>(2);
  assert.equal(mailbox.trySend(1), true);
  assert.equal(mailbox.trySend(2), true);
  assert.equal(await mailbox.receive(never), 1);
  assert.equal(await mailbox.receive(never), 2);
});

test("a full mailbox makes the sender wait until there is room", async () => {
  const mailbox = new Mailbox<number>(1);
  mailbox.trySend(1);
  assert.equal(mailbox.trySend(2), false);
  let isSent = false;
  const sent = mailbox.send(2, never).then(() => isSent = true);
  await Promise.resolve();
  assert.equal(isSent, false);
  assert.equal(await mailbox.receive(never), 1);
  await sent;
  assert.equal(await mailbox.receive(never), 2);
});

test("several waiting senders all get through, and the bound holds", async () => {
  const mailbox = new Mailbox<number>(1);
  const sent = [1, 2, 3, 4].map((item) => mailbox.send(item, never));
  const received: (number | undefined)[] = [];
  for (let index = 0; index < 4; index++) {
    await Promise.resolve();
    assert.ok(mailbox.size <= 1);
    received.push(await mailbox.receive(never));
  }
  assert.deepEqual(await Promise.all(sent), [true, true, true, true]);
  assert.deepEqual(received.toSorted(), [1, 2, 3, 4]);
});

test("a receiver waits for a sender", async () => {
  const mailbox = new Mailbox<string>(1);
  const received = mailbox.receive(never);
  assert.equal(mailbox.trySend("a"), true);
  assert.equal(await received, "a");
  assert.equal(mailbox.size, 0);
});

test("an abort ends both waits, and nothing was put in", async () => {
  const stop = new AbortController();
  const empty = new Mailbox<number>(1);
  const received = empty.receive(stop.signal);
  const full = new Mailbox<number>(1);
  full.trySend(1);
  const sent = full.send(2, stop.signal);
  stop.abort();
  assert.equal(await received, undefined);
  assert.equal(await sent, false);
  assert.equal(full.size, 1);
  assert.equal(empty.trySend(3), true);
  assert.equal(await empty.receive(never), 3);
});
