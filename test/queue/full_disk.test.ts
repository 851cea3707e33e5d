/** A queue whose own backlog fills the disk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

test("a start on a disk without a free byte sends what fills it, and then takes in again", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  const { files } = rig.platform;
  files.capacityBytes = files.usedBytes;
  await assert.rejects(rig.put("a", 5), { code: "STORAGE" });
  for (const end of ["kill -9", "close"]) {
    if (end === "close") await rig.wait(rig.queue.close());
    else rig.platform = rig.platform.crash("all");
    rig.platform.files.capacityBytes = rig.platform.files.usedBytes;
    await rig.open();
    assert.equal(rig.pending(), 5, end);
  }
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  await rig.put("a", 5);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  await rig.wait(rig.queue.close());
  // The room is set aside again, for the next time.
  assert.ok(rig.platform.files.peek("/data/walq.ballast")!.length > 0);
  assert.deepEqual(rig.platform.files.paths().filter((path) => path.includes(".tmp")), []);
});

test("without the room that was set aside a start on a full disk is refused, and nothing is lost", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 1);
  await rig.wait(rig.queue.close());
  await rig.platform.files.remove("/data/walq.ballast");
  rig.platform.files.capacityBytes = rig.platform.files.usedBytes;
  await assert.rejects(rig.open(), { code: "STORAGE", message: /no_space/ });
  rig.platform.files.capacityBytes = 2 ** 40;
  rig.one.answer = () => makeAnswer(204);
  await rig.open();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  await rig.wait(rig.queue.close());
});

test("the room that a start took is set aside again when there is some, not only at a close", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 0);
  for (let start = 1; start <= 2; start++) {
    rig.platform = rig.platform.crash("all");
    // Others take more than there is: what is given up for the lock is not there again at once.
    rig.platform.files.capacityBytes = rig.platform.files.usedBytes - 1000;
    await rig.open();
    // Somebody makes room; and much later the disk is full again, and the process killed.
    rig.platform.files.capacityBytes = 2 ** 40;
    await rig.put("a", start);
    await rig.platform.time.advance(3_600_000);
  }
  await rig.wait(rig.queue.close());
  assert.equal(rig.platform.time.timers, 0);
});

test("where the disk is gone, nothing is set aside in its place", async () => {
  const rig = await new Rig().open();
  const { files } = rig.platform;
  files.removeDirectory("/data");
  await files.makeDirectory("/data");
  await rig.wait(rig.queue.close());
  assert.deepEqual(files.paths(), []);
});

test("where the disk is gone, no endpoint is added in its place", async () => {
  const rig = await new Rig({}, ["one", "two"]).open({
    dataPath: "/data",
    endpoints: [{ name: "one", url: "http://one/write" }],
  });
  const { files } = rig.platform;
  files.removeDirectory("/data");
  await files.makeDirectory("/data");
  const endpoints = [{ name: "two", url: "http://two/write" }];
  // What was stored there would be out of sight when the disk is back.
  await assert.rejects(rig.queue.update({ dataPath: "/data", endpoints }), { code: "STORAGE" });
  await assert.rejects(rig.put("a", 1), { code: "STORAGE" });
  assert.deepEqual(files.paths(), []);
  await rig.wait(rig.queue.close());
});
