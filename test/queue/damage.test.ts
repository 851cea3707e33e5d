import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

const PATH = "/data/one/wal/20.committed";

/** Twenty files of one sample each were found at start; then the last of them changes. */
async function changedAfterStart(change: (rig: Rig) => void | Promise<void>): Promise<Rig> {
  const endpoints = [{ name: "one", url: "http://one/", parallelism: 1, batchCount: 1 }];
  const rig = await new Rig({ endpoints }).open();
  rig.one.answer = () => makeAnswer(503);
  for (let index = 0; index < 20; index++) await rig.put("a", index);
  await rig.queue.close();
  await rig.open();
  await rig.platform.time.advance(100);
  await change(rig);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  return rig;
}

test("a file that is damaged after it was counted leaves nothing pending", async () => {
  for (const cut of [0, 1, 20, 150]) {
    const rig = await changedAfterStart(({ platform }) =>
      platform.files.plant(PATH, platform.files.peek(PATH)!.subarray(0, cut))
    );
    rig.checkSum();
    const [one] = rig.queue.stats().endpoints;
    assert.deepEqual([one!.pendingBatches, one!.pendingBytes], [0, 0]);
    assert.equal(one!.droppedTotal.corrupt, 1);
    await rig.queue.close();
  }
});

test("a file that vanishes after it was counted leaves nothing pending", async () => {
  const rig = await changedAfterStart(({ platform }) => platform.files.remove(PATH));
  rig.checkSum();
  const [one] = rig.queue.stats().endpoints;
  assert.deepEqual([one!.pendingBatches, one!.pendingBytes], [0, 0]);
  assert.equal(one!.droppedTotal.corrupt, 1);
  await rig.queue.close();
});

test("a backlog that cannot be counted while the disk is gone is counted when it is back", async () => {
  const rig = new Rig({
    endpoints: [{ name: "one", url: "http://one/write", parallelism: 1, batchCount: 1 }],
  });
  rig.one.answer = () => makeAnswer(503);
  await rig.open();
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  await rig.wait(rig.queue.close());
  let isGone = false;
  rig.platform.files.fault = (step, path) => {
    isGone ||= step === "read" && path === "/data/one/wal/5.committed";
    return isGone && step === "read" && path.startsWith("/data") ? "not_found" : undefined;
  };
  await rig.open();
  await rig.platform.time.advance(10_000);
  rig.platform.files.fault = undefined;
  await rig.platform.time.advance(120_000);
  const [one] = rig.queue.stats().endpoints;
  assert.deepEqual([one!.pendingSignals, one!.uncountedBatches, one!.pendingBatches], [5, 0, 5]);
  let left = 4;
  rig.one.answer = () => makeAnswer(left-- > 0 ? 204 : 503);
  for (let step = 0; step < 200; step++) {
    await rig.platform.time.advance(100);
    rig.checkSum();
  }
  assert.equal(rig.queue.stats().endpoints[0]!.pendingSignals, 1);
  await rig.wait(rig.queue.close());
});

for (const code of ["io", "not_permitted"] as const) {
  test(`with interval, a file that can neither be synced nor read (${code}) does not stop intake for ever`, async () => {
    const rig = new Rig({ persistence: { sync: "interval" } });
    rig.one.answer = () => makeAnswer(503);
    await rig.open();
    await rig.put("a", 0);
    await rig.put("a", 1);
    const bad = "/data/one/wal/1.committed";
    rig.platform.files.fault = (step, path) =>
      (step === "sync" || step === "read") && path === bad ? code : undefined;
    await rig.platform.time.advance(10_000);
    await assert.rejects(rig.put("a", 2), { code: "STORAGE" });
    // What does not fail is synced all the same.
    assert.ok(rig.platform.files.afterPowerCut().peek("/data/one/wal/2.committed"));
    await rig.platform.time.advance(600_000);
    await rig.put("a", 2);
    assert.match(rig.logger.lines.join("\n"), /neither synced nor read back/);
    rig.one.answer = () => makeAnswer(204);
    await rig.platform.time.advance(600_000);
    assert.deepEqual([...new Set(rig.one.valuesOf("__name__=a"))], [0, 1, 2]);
    await rig.wait(rig.queue.close());
  });
}

test("what is deleted while the disk is gone is deleted when it is back, and not sent again", async () => {
  const rig = await new Rig().open();
  let isGone = false;
  rig.platform.files.fault = (step, path) =>
    isGone && (step === "read" || step === "remove") && path.startsWith("/data")
      ? "not_found"
      : undefined;
  rig.one.answer = () => {
    isGone = true;
    return makeAnswer(204);
  };
  await rig.put("a", 0);
  await rig.drain();
  await rig.platform.time.advance(5000);
  assert.match(rig.queue.stats().dataPathLost!, /is gone/);
  rig.one.answer = () => makeAnswer(204);
  isGone = false;
  await rig.platform.time.advance(5000);
  assert.equal(rig.queue.stats().dataPathLost, undefined);
  assert.deepEqual(await rig.files(), ["1.committed"]);
  await rig.put("a", 1);
  await rig.drain();
  await rig.platform.time.settle();
  assert.deepEqual(await rig.files(), []);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1]);
  await rig.wait(rig.queue.close());
});
