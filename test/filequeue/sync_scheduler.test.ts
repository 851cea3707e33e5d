import assert from "node:assert/strict";
import { test } from "node:test";
import { SyncScheduler, type SyncTask } from "../../src/filequeue/sync_scheduler.ts";
import { VirtualClock } from "../../src/testing/memory.ts";

const INTERVAL_MS = 200;
const FSYNC_MS = 300;

test("fsyncs that fail at once do not make those that bring something look quick", async () => {
  const clock = new VirtualClock();
  const scheduler = new SyncScheduler(clock);
  await Promise.all([
    scheduler.measure(() => new Promise<void>((resolve) => void clock.after(FSYNC_MS, resolve))),
    clock.advance(FSYNC_MS),
  ]);
  for (let n = 0; n < 40; n++) {
    // Asked for by a store: those that fail are tried again, as long as the disk is not paused.
    await scheduler.now([{ isUnsynced: true, run: () => Promise.resolve(false) }]);
  }
  await clock.advance(1000);
  const waiting: SyncTask = { isUnsynced: true, run: () => new Promise(() => {}) };
  for (let n = 0; n < 3; n++) scheduler.add({ ...waiting }, INTERVAL_MS);
  // A fourth would begin when the first three have ended, which is too late for it.
  assert.equal(scheduler.hasRoom(INTERVAL_MS), false);
});
