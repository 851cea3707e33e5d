import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { WalqError } from "../../src/errors.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

test("what was acknowledged arrives after a crash, whatever was in flight", async () => {
  const rig = await new Rig().open();
  for (let round = 0; round < 20; round++) {
    rig.one.answer = () => round % 2 === 0 ? makeAnswer(503) : makeAnswer(200);
    for (let index = 0; index < 10; index++) await rig.put("a", round * 10 + index);
    await rig.platform.time.advance((round * 137) % 1500);
    await rig.crash();
    rig.checkSum();
  }
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  const arrived = new Set(rig.one.valuesOf("__name__=a"));
  assert.equal(arrived.size, 200);
  assert.deepEqual(await rig.files(), []);
  await rig.queue.close();
});

test("a durable commit is there whole or not at all", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  const labels = Array.from(
    { length: 30_000 },
    (_, index) => ({ __name__: "m", index: `${index}` }),
  );
  const body = encodeRequest(labels.map((one) => wireSeries(one, rig.nowMs(), 1)));
  await rig.wait(rig.queue.write(body, CONTENT));
  assert.equal((await rig.files()).length, 1);
  await rig.crash();
  assert.equal(rig.pending(), 30_000);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 30_000);
  await rig.queue.close();
});

test("a damaged file costs that file alone, wherever the damage is", async () => {
  for (let at = 0; at < 200; at += 7) {
    const rig = await new Rig().open();
    rig.one.answer = () => makeAnswer(503);
    for (let index = 0; index < 3; index++) await rig.put("a", index);
    await rig.queue.close();
    const { files } = rig.platform;
    const path = "/data/one/wal/2.committed";
    const bytes = await files.read(path);
    bytes[at % bytes.length]! ^= 0x10;
    await files.remove(path);
    await files.writeAndSync(path, [bytes]);
    rig.one.answer = () => makeAnswer(200);
    await rig.open();
    await rig.drain();
    rig.checkSum();
    const values = rig.one.valuesOf("__name__=a");
    // A flip in a part of Meta that nobody relies on changes nothing.
    const isHarmless = rig.queue.stats().endpoints[0]!.quarantinedTotal === 0;
    assert.deepEqual(values, isHarmless ? [0, 1, 2] : [0, 2], `byte ${at % bytes.length}`);
    await rig.queue.close();
  }
});

test("a full disk answers with a retryable error, and all is well when there is room again", async () => {
  const rig = await new Rig().open();
  rig.platform.files.capacityBytes = 0;
  await assert.rejects(rig.put("a", 1), (error) => error instanceof WalqError && error.retryable);
  assert.equal(rig.queue.stats().storeFailing, true);
  rig.platform.files.capacityBytes = 2 ** 40;
  await rig.put("a", 1);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  assert.equal(rig.queue.stats().storeFailing, false);
  rig.checkSum();
  await rig.queue.close();
});

test("a file of an unknown version is set aside, and the message names the version", async () => {
  const rig = new Rig();
  const { files } = rig.platform;
  await files.makeDirectory("/data/one/wal");
  const record = encode({ Meta: { version: "alloy.metrics.queue.v7" }, Data: new Uint8Array() });
  await files.writeAndSync("/data/one/wal/5.committed", [record]);
  await rig.open();
  await rig.put("a", 1);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  assert.match(rig.logger.lines.join("\n"), /alloy\.metrics\.queue\.v7/);
  await rig.queue.close();
});
