/** Commits that one endpoint's store takes and another one refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

const TRIES = 50;

/** Both endpoints are down. */
async function open(one: Partial<EndpointOptions>, two: Partial<EndpointOptions>): Promise<Rig> {
  const endpoints = [
    { name: "one", url: "http://one/write", parallelism: 1, batchCount: 1, ...one },
    { name: "two", url: "http://two/write", ...two },
  ];
  const rig = new Rig({ endpoints }, ["one", "two"]);
  for (const double of Object.values(rig.endpoints)) double.answer = () => makeAnswer(503);
  return await rig.open();
}

/** Commits until it is refused; returns how many were acknowledged. */
async function fill(rig: Rig): Promise<number> {
  for (let value = 0; value < TRIES; value++) {
    try {
      await rig.put("a", value);
    } catch {
      return value;
    }
  }
  return assert.fail("nothing was refused");
}

/** A sender that does not give up. */
async function retry(rig: Rig, value: number): Promise<void> {
  for (let time = 0; time < TRIES; time++) {
    await assert.rejects(rig.put("a", value), { code: "STORAGE" });
  }
}

test("an endpoint that is full and rejects stops intake for all: the others do not fill with retries", async () => {
  const rig = await open({}, { maxDiskBytes: 1024, onFull: "reject" });
  const stored = await fill(rig);
  await retry(rig, stored);
  assert.ok(rig.queue.stats().endpoints[0]!.pendingBatches <= stored + 1);
  // The sender of what is kept was told that it is refused, so the close does not fail.
  await rig.wait(rig.queue.close());
});

test("commits that are refused cost no endpoint what was acknowledged", async () => {
  const rig = await open({ maxDiskBytes: 8192 }, { maxDiskBytes: 4096, onFull: "reject" });
  const stored = await fill(rig);
  await retry(rig, stored);
  for (const double of Object.values(rig.endpoints)) double.answer = () => makeAnswer(204);
  await rig.drain();
  const got = new Set(rig.one.valuesOf("__name__=a"));
  for (let value = 0; value < stored; value++) assert.ok(got.has(value), `${value} is missing`);
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.disk_limit, 0);
  await rig.wait(rig.queue.close());
});

test("a directory that fails stops intake, and what it refused goes there first when it is well", async () => {
  const rig = await open({ maxDiskBytes: 8192 }, {});
  for (let value = 0; value < 20; value++) await rig.put("a", value);
  rig.platform.files.fault = (step, path) =>
    step === "sync_directory" && path === "/data/two/wal" ? "io" : undefined;
  await retry(rig, 20);
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.disk_limit, 0);
  rig.platform.files.fault = undefined;
  await rig.put("a", 21);
  for (const double of Object.values(rig.endpoints)) double.answer = () => makeAnswer(204);
  await rig.drain();
  const all = Array.from({ length: 22 }, (_, value) => value);
  for (const double of Object.values(rig.endpoints)) {
    assert.deepEqual([...new Set(double.valuesOf("__name__=a"))], all);
  }
  await rig.wait(rig.queue.close());
});

test("a close stores what was accepted, also behind a commit that was refused in part just then", async () => {
  const rig = await open({}, {});
  const commit = (value: number, durable: boolean) => {
    const appender = rig.queue.appender();
    appender.append({ __name__: "a" }, rig.nowMs(), value);
    return appender.commit({ durable });
  };
  let failures = 1;
  let fail: () => void = () => {};
  const failing = new Promise<"io">((resolve) => fail = () => resolve("io"));
  rig.platform.files.fault = (step, path) =>
    step === "sync_directory" && path === "/data/two/wal" && failures-- > 0 ? failing : undefined;
  const refused = assert.rejects(commit(1, true), { code: "STORAGE" });
  await rig.platform.time.advance(25);
  await commit(2, false);
  const closed = rig.queue.close();
  await rig.platform.time.advance(25);
  fail();
  await rig.wait(closed);
  await refused;
  assert.deepEqual([await rig.files("one"), (await rig.files("two")).length], [
    ["1.committed", "3.committed"],
    2,
  ]);
});
