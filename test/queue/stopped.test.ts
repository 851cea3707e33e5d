/** The data path of a queue that does not run, acted on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../src/queue.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

/** A queue that was closed, with one request refused and one sample pending. */
async function closed(): Promise<Rig> {
  const one = { name: "one", url: "http://one/write", parallelism: 1 };
  const rig = await new Rig({ endpoints: [one] }).open();
  rig.one.answer = () => makeAnswer(400);
  await rig.put("a", 1);
  await rig.drain();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("b", 2, Math.floor(rig.nowMs()));
  await rig.wait(rig.queue.close());
  return rig;
}

test("what was refused is listed and queued again while nothing runs; the next start sends it", async () => {
  const rig = await closed();
  let attempts = 0;
  rig.one.answer = () => {
    attempts++;
    return makeAnswer(204);
  };
  const stopped = await Queue.openStopped(rig.options, rig);
  assert.equal((await stopped.rejected()).length, 1);
  const sent = await rig.wait(stopped.retryRejected({ endpoint: "one" }));
  assert.deepEqual(sent, {
    requests: 1,
    signals: 1,
    damaged: 0,
    damagedFiles: [],
    unknownIds: [],
  });
  await rig.platform.time.advance(60_000);
  assert.equal(attempts, 0);
  assert.equal(stopped.stats().endpoints[0]!.rejectedFiles, 0);
  await rig.wait(stopped.close());
  await rig.open();
  await rig.drain();
  assert.deepEqual(rig.one.arrivals.map(({ series }) => series), ["__name__=b", "__name__=a"]);
});

test("it owns the data path, and is refused where a queue runs", async () => {
  const rig = await closed();
  const stopped = await Queue.openStopped(rig.options, rig);
  await assert.rejects(Queue.open(rig.options, rig), { code: "LOCKED" });
  await rig.wait(stopped.close());
  await rig.open();
  await assert.rejects(Queue.openStopped(rig.options, rig), { code: "LOCKED" });
});

test("what it sets aside while it reads the directory is in its outcome, once", async () => {
  const rig = await closed();
  const { files } = rig.platform;
  const path = files.paths().find((one) => one.endsWith(".rejected"))!;
  files.plant(path, new Uint8Array());
  const stopped = await Queue.openStopped(rig.options, rig);
  const told = { damaged: 1, damagedFiles: [path.slice("/data/".length)] };
  const nothing = { damaged: 0, damagedFiles: [] };
  assert.deepEqual(await stopped.rejected(), []);
  // Listed or not, it is told until it was an outcome.
  for (let look = 0; look < 2; look++) assert.deepEqual(await stopped.damagedRejected(), told);
  const sent = { requests: 0, signals: 0, unknownIds: [] };
  assert.deepEqual(await rig.wait(stopped.retryRejected()), { ...sent, ...told });
  assert.deepEqual(await rig.wait(stopped.retryRejected()), { ...sent, ...nothing });
  assert.deepEqual(await stopped.damagedRejected({ endpoint: "one" }), nothing);
  await rig.wait(stopped.close());
});
