/** A disk that is full, or read-only: walq says so, stands, and goes on by itself when the cause is gone. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Scene } from "./full_disk/scene.ts";
import { untilReached } from "./support/until.ts";
import { whyNoTmpfs } from "./support/tmpfs.ts";
import { type Runtime, RUNTIMES } from "./support/walq.ts";

/** Several times what the disk holds. */
const TOO_MANY = 250_000;
/** Fits on the disk, but not beside the filler. */
const SOME = 50_000;
const FREE_BESIDE_FILLER_BYTES = 128 * 1024;
/** How many refusals come before each of two looks at the memory; before the first a young heap may grow. */
const REFUSED = 400;
const PAGE_BYTES = 4096;
const MEMORY = "process_resident_memory_bytes";
const GROWTH_MAX = 1.15;

const options = { skip: whyNoTmpfs() };

describe("a disk that is full", options, () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: the endpoint comes back, and what is delivered makes room`, async (context) => {
      const scene = await Scene.open(context, runtime, TOO_MANY);
      scene.startSending();
      await scene.untilRefused();
      const { refused } = scene.senders;
      const settled = (): number => scene.senders.refused;
      await untilReached("it is asked again", refused + REFUSED, settled);
      const before = await scene.walq.metric(MEMORY);
      await untilReached("it is asked again", refused + 2 * REFUSED, settled);
      const after = await scene.walq.metric(MEMORY);
      context.diagnostic(
        `full at ${scene.senders.acked} samples; RSS in bytes after ${REFUSED} refusals ` +
          `${before}, after ${2 * REFUSED} ${after}`,
      );
      assert.ok(after < before * GROWTH_MAX, `memory grew from ${before} to ${after} bytes`);

      await scene.endpointComesUp();
      await scene.untilAllAcked();
      await scene.assertAllArrives();
    });

    it(`${runtime}: a foreign file that took the room goes away`, async (context) => {
      const scene = await Scene.open(context, runtime, SOME);
      scene.disk.fillUpTo(FREE_BESIDE_FILLER_BYTES);
      scene.startSending();
      await scene.untilRefused();
      scene.disk.removeFiller();
      await scene.untilAllAcked();
      assert.equal(scene.delivered, 0);
      await scene.endpointComesUp();
      await scene.assertAllArrives();
    });
  }
});

/** What it would delete is all that fills the disk: who waits for room here waits for ever. */
describe("a start on a disk that is full", options, () => {
  const start = (runtime: Runtime, freeBytes: number) => async (context: TestContext) => {
    const scene = await Scene.open(context, runtime, SOME);
    scene.startSending();
    await scene.untilAllAcked();
    await scene.killAndStart(() => scene.disk.fillUpTo(freeBytes));
    await scene.endpointComesUp();
    await scene.assertAllArrives();
  };
  for (const runtime of RUNTIMES) {
    it(`${runtime}: with a page left, sends what is there`, start(runtime, PAGE_BYTES));
    it(`${runtime}: without a free byte, sends what is there`, start(runtime, 0));
  }
});

describe("a disk that becomes read-only", options, () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: sends what it has, deletes it later, and takes in again`, async (context) => {
      const scene = await Scene.open(context, runtime, SOME);
      scene.startSending();
      await scene.untilAcked(SOME / 4);
      await scene.disk.makeReadOnly();
      await scene.untilRefused();
      const { acked } = scene.senders;
      await scene.endpointComesUp();
      await untilReached("what it has is sent", acked, () => scene.delivered);
      scene.disk.makeWritable();
      await scene.untilAllAcked();
      await scene.assertAllArrives();
    });
  }
});
