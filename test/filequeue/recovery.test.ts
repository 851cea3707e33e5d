import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryEntry } from "../../src/contracts.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";
import { type RecoveryPlan, RecoveryPlanner } from "../../src/filequeue/recovery.ts";

test("an empty directory starts at 1", () => {
  const foreign = { count: 0, first: undefined };
  assert.deepEqual(planRecovery([], []), { pending: [], remove: [], foreign, nextId: 1 });
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

test("foreign names are left alone, and told as one", () => {
  const names = ["notes.txt", "0.committed", "01.committed", "-1.committed", "1.committed.bak"];
  const large = "1234567890123456.committed";
  const plan = planRecovery([...names, large].map(file), []);
  assert.deepEqual(plan.foreign, { count: 6, first: "notes.txt" });
  assert.deepEqual(plan.pending, []);
});

test("a directory with a file's name is foreign", () => {
  const plan = planRecovery([{ name: "1.committed", kind: "directory" }], []);
  assert.deepEqual(plan.foreign, { count: 1, first: "1.committed" });
});

test("the id of a quarantined file is not used again", () => {
  const plan = planRecovery([file("4.committed")], [
    file("9.committed"),
    file("9.committed.reason"),
  ]);
  assert.equal(plan.nextId, 10);
});

test("a number that this queue cannot have come to is foreign, unless it says itself that it has", () => {
  const names = ["7.committed", "1000000000001.committed"].map(file);
  const plan = planRecovery(names, [file("999999999999999.committed")]);
  assert.deepEqual([plan.pending, plan.nextId], [[7], 8]);
  assert.deepEqual(plan.foreign, { count: 1, first: "1000000000001.committed" });
  const own = planRecovery(names, [], 1_000_000_000_999);
  assert.deepEqual([own.pending, own.nextId], [[7, 1_000_000_000_001], 1_000_000_000_002]);
});

function file(name: string): DirectoryEntry {
  return { name, kind: "file" };
}

function planRecovery(
  wal: readonly DirectoryEntry[],
  quarantine: readonly DirectoryEntry[],
  reserved: number = 0,
): RecoveryPlan {
  const planner = new RecoveryPlanner(reserved);
  for (const entry of wal) planner.wal(entry);
  for (const entry of quarantine) planner.quarantine(entry);
  return planner.plan();
}

test("a foreign file with the largest number costs nothing that comes after it", async () => {
  const platform = new MemoryPlatform();
  platform.files.plant("/data/one/wal/999999999999999.committed", new Uint8Array(3));
  const { queue } = await openFileQueue(platform, { directory: "/data/one" });
  await queue.append({ batch: fakeBatch(10) });
  const again = await openFileQueue(platform.crash("worst"), { directory: "/data/one" });
  assert.equal(again.queue.totals().signals, 10);
});
