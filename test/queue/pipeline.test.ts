/** One pipeline by itself: its turns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { readClock } from "../../src/clock/endpoint_time.ts";
import { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import { resolveOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { Rig } from "./support.ts";

/** The directory of an endpoint `one` that has not sent three batches. */
async function backlog(): Promise<{ rig: Rig; pipeline: Pipeline }> {
  const rig = await new Rig().open();
  rig.one.answer = () => new Promise(() => {});
  for (let value = 0; value < 3; value++) await rig.put("a", value);
  await rig.wait(rig.queue.close());
  const { platform, logger } = rig;
  const context = {
    platform,
    logger,
    kernel: await loadKernel(),
    dataPath: "/data",
    start: readClock(platform.clock),
    isOwner: () => Promise.resolve(true),
    syncScheduler: new SyncScheduler(platform.clock),
  };
  const resolved = resolveOptions(rig.options);
  return { rig, pipeline: await Pipeline.open(context, resolved.endpoints[0]!, resolved) };
}

test("the end of a turn is not that of the next one, which begins in this very moment", async () => {
  const { rig: { one, platform }, pipeline } = await backlog();
  const { time } = platform;
  platform.files.fault = (step, path) => {
    // All of this turn has its outcome: that is about to be told.
    if (step === "remove" && path.endsWith("/1.committed")) {
      queueMicrotask(() => void pipeline.sendBelow(Infinity));
    }
    return undefined;
  };
  await pipeline.sendBelow(2);
  const pendingAtTheEnd = pipeline.drained().then(() => pipeline.pendingBatches);
  one.answer = () => makeAnswer(204);
  pipeline.start();
  await time.advance(60_000);
  assert.equal(await pendingAtTheEnd, 0);
  assert.deepEqual(one.valuesOf("__name__=a"), [0, 1, 2]);
  await pipeline.stop();
  assert.equal(time.timers, 0);
});
