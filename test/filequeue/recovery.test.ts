import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryEntry } from "../../src/contracts.ts";
import { MemoryPlatform } from "../../src/platform/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";
import { type RecoveryPlan, RecoveryPlanner } from "../../src/filequeue/recovery.ts";

test("an empty directory starts at 1", () => {
  assert.deepEqual(planRecovery([], []), { pending: [], remove: [], foreign: [], nextId: 1 });
});

test("files are sent by number, not by name", () => {
  const plan = planRecovery([file("10.committed"), file("9.committed"), file("100.committed")], []);
  assert.deepEqual(plan.pending, [9, 10, 100]);
  assert.equal(plan.nextId, 101);
});

test("gaps in the ids are no damage", () => {
  const plan = planRecovery([file("2.committed"), file("7.committed")], []);
  assert.deepEqual(plan.pending, [2, 7]);
});

test("what a crash left half-written is removed", () => {
  const plan = planRecovery([file("3.committed.tmp"), file("2.committed")], []);
  assert.deepEqual(plan.remove, ["3.committed.tmp"]);
  assert.equal(plan.nextId, 3);
});

test("foreign names are left alone", () => {
  const names = ["notes.txt", "0.committed", "01.committed", "-1.committed", "1.committed.bak"];
  const large = "1234567890123456.committed";
  const plan = planRecovery([...names, large].map(file), []);
  assert.deepEqual(plan.foreign, [...names, large]);
  assert.deepEqual(plan.pending, []);
});

test("a directory with a file's name is foreign", () => {
  const plan = planRecovery([{ name: "1.committed", kind: "directory" }], []);
  assert.deepEqual(plan.foreign, ["1.committed"]);
});

test("the id of a quarantined file is not used again", () => {
  const plan = planRecovery([file("4.committed")], [
    file("9.committed"),
    file("9.committed.reason"),
  ]);
  assert.equal(plan.nextId, 10);
});

function file(name: string): DirectoryEntry {
  return { name, kind: "file" };
}

function planRecovery(
  wal: readonly DirectoryEntry[],
  quarantine: readonly DirectoryEntry[],
): RecoveryPlan {
  const planner = new RecoveryPlanner();
  for (const entry of wal) planner.wal(entry);
  for (const entry of quarantine) planner.quarantine(entry);
  return planner.plan();
}

test("a foreign file with the largest number costs nothing that comes after it", {
  todo: "the next ids have 16 digits, which no start knows again: what they hold is left alone",
}, async () => {
  const platform = new MemoryPlatform();
  platform.files.plant("/data/one/wal/999999999999999.committed", new Uint8Array(3));
  const { queue } = await openFileQueue(platform, { directory: "/data/one" });
  await queue.append({ batch: fakeBatch(10) });
  const again = await openFileQueue(platform.crash("worst"), { directory: "/data/one" });
  assert.equal(again.queue.totals().signals, 10);
});
