/** What an endpoint refuses for good is kept, through the whole queue. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { listDirectory } from "../support/list_directory.ts";
import { Rig } from "./support.ts";

const ONE_SHARD = { name: "one", url: "http://one/write", parallelism: 1 };

test("each way of being given up for good leaves the request, with the endpoint's words", async () => {
  const rig = await new Rig({ endpoints: [{ ...ONE_SHARD, maxRetryAttempts: 1 }] }).open();
  rig.one.answer = () => makeAnswer(400, "out of order: the newest is younger\nmore");
  await rig.put("a", 1);
  await rig.drain();
  rig.one.answer = () => makeAnswer(503, "come back");
  await rig.put("b", 2, Math.floor(rig.nowMs()));
  await rig.drain();
  rig.one.answer = () => makeAnswer(409, "conflict");
  await rig.put("c", 3, Math.floor(rig.nowMs()));
  await rig.drain();
  rig.checkSum();
  const found = await rig.queue.rejected();
  assert.deepEqual(
    found.map(({ cause, status, reason, signals, refused }) => [
      cause,
      status,
      reason,
      signals,
      refused,
    ]),
    [
      ["rejected", 400, "HTTP 400: out of order: the newest is younger", 1, 1],
      ["max_retries", 503, "HTTP 503: come back", 1, 1],
      ["rejected", 409, "HTTP 409: conflict", 1, 1],
    ],
  );
  const { rejectedFiles, rejectedKeptTotal, rejectedBytes } = rig.queue.stats().endpoints[0]!;
  assert.deepEqual([rejectedFiles, rejectedKeptTotal], [3, 3]);
  assert.equal(rejectedBytes, found.reduce((sum, { bytes }) => sum + bytes, 0));
});

test("it is durable before its batch is deleted, whatever the moment of a power cut", async () => {
  const rig = await new Rig({ endpoints: [ONE_SHARD] }).open();
  rig.one.answer = () => makeAnswer(400);
  let isHeld = true;
  rig.platform.files.fault = (step, path) =>
    isHeld && step === "sync_directory" && path.endsWith("/rejected")
      ? new Promise(() => {})
      : undefined;
  await rig.put("a", 1);
  await rig.platform.time.advance(10_000);
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.rejected, 0);
  isHeld = false;
  await rig.crash();
  await rig.drain();
  await rig.crash();
  assert.equal((await rig.queue.rejected()).length, 1);
  // Its deletion was not synced, so the batch comes again: its request is there once.
  await rig.drain();
  assert.equal((await rig.queue.rejected()).length, 1);
});

test("secrets that the endpoint echoes are in no file", async () => {
  const headers = { "x-scope": "very-secret-tenant" };
  const rig = await new Rig({ endpoints: [{ ...ONE_SHARD, headers }] }).open();
  rig.one.answer = () => makeAnswer(400, "no such very-secret-tenant");
  await rig.put("a", 1);
  await rig.drain();
  const [found] = await rig.queue.rejected();
  assert.equal(found!.reason, "HTTP 400: no such <hidden>");
  const path = "/data/one/rejected";
  const [file] = await listDirectory(rig.platform.files, path);
  const text = new TextDecoder().decode(await rig.platform.files.read(`${path}/${file!.name}`));
  assert.ok(!text.includes("very-secret"));
});

test("a name that no endpoint has is an error that names those that there are", async () => {
  const rig = await new Rig().open();
  await assert.rejects(rig.queue.rejected({ endpoint: "two" }), {
    code: "INVALID_OPTIONS",
    message: 'Cannot find endpoint: got "two", expected one of "one"',
  });
});

test("where rejected/ cannot be written the queue goes on, and the loss is counted", async () => {
  const rig = await new Rig({ endpoints: [ONE_SHARD] }).open();
  rig.one.answer = (_request, signals) => makeAnswer(signals === 1 ? 400 : 204);
  rig.platform.files.fault = (_step, path) => path.includes("/rejected") ? "no_space" : undefined;
  await rig.put("a", 1);
  await rig.drain();
  const { droppedTotal, rejectedLostTotal, rejectedFiles } = rig.queue.stats().endpoints[0]!;
  assert.deepEqual([droppedTotal.rejected, rejectedLostTotal.storage, rejectedFiles], [1, 1, 0]);
  assert.ok(rig.logger.lines.some((line) => line.includes("it is lost")));
});
