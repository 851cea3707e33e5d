import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamSettings } from "../../src/contracts.ts";
import { StreamError } from "../../src/errors.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";

const SETTINGS: StreamSettings = {
  servers: ["nats-1:4222"],
  stream: "metrics",
  replicas: 3,
  maxBytes: 1_000_000,
  duplicateWindowMs: 120_000,
  clientName: "test",
  timeoutMs: 1_000,
  identity: () => ({}),
  makes: true,
};

test("a stream is made once, and what it was made by is told to who wishes otherwise", async () => {
  const platform = new MemoryPlatform();
  const missing = await platform.openStream({ ...SETTINGS, makes: false });
  assert.equal(missing.log, undefined);
  assert.deepEqual(missing.faults.map(({ key, isFatal }) => [key, isFatal]), [["name", true]]);
  const first = await platform.openStream(SETTINGS);
  assert.deepEqual(first.made, ["metrics", "metrics_records"]);
  const second = await platform.openStream({ ...SETTINGS, replicas: 1 });
  assert.deepEqual(second.made, []);
  assert.deepEqual(second.faults, [
    { stream: "metrics", key: "num_replicas", got: "3", wanted: "1", isFatal: false },
  ]);
  await first.log!.replaceRecord("a", "b", undefined);
  assert.equal((await second.log!.record("a"))?.value, "b");
});

test("what somebody has configured so that it would lose is not opened", async () => {
  const { streams, openStream } = new MemoryPlatform();
  streams.make(SETTINGS);
  const fault = {
    stream: "metrics",
    key: "discard",
    got: '"old"',
    wanted: '"new"',
    isFatal: true,
  };
  streams.misconfigure("metrics", [fault]);
  const { log, faults } = await openStream(SETTINGS);
  assert.equal(log, undefined);
  assert.deepEqual(faults, [fault]);
  streams.fault = () => new StreamError("unavailable", "no answer");
  await assert.rejects(openStream(SETTINGS), { code: "unavailable" });
  assert.equal(streams.opened.length, 2);
});

test("the servers outlive a crash, and the connections of the process do not", async () => {
  const before = new MemoryPlatform();
  const { log } = await before.openStream(SETTINGS);
  await log!.replaceRecord("a", "b", undefined);
  const after = before.crash();
  await assert.rejects(log!.record("a"), { code: "unavailable" });
  const { log: again, made } = await after.openStream(SETTINGS);
  assert.deepEqual(made, []);
  assert.equal((await again!.record("a"))?.value, "b");
});
