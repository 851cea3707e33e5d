import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/platform/memory.ts";
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
