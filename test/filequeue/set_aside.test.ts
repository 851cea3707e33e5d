import assert from "node:assert/strict";
import { test } from "node:test";
import { listSetAside } from "../../src/filequeue/set_aside.ts";
import { FileSystemError } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";

function plant(files: MemoryFileSystem, name: string, text: string): void {
  files.plant(`/q/${name}`, new TextEncoder().encode(text));
}

test("the newest that were set aside, with reasons that are bounded", async () => {
  const files = new MemoryFileSystem();
  for (let id = 1; id <= 50; id++) {
    plant(files, `${id}.committed`, "x".repeat(id));
    if (id !== 49) plant(files, `${id}.committed.reason`, `reason ${id}\n`);
  }
  plant(files, "50.committed.reason.old", "nothing");
  plant(files, "note.txt", "nothing");
  plant(files, "60.committed", "");
  plant(files, "60.committed.reason", "y".repeat(100_000));
  assert.deepEqual(await listSetAside(files, "/q", 3), [
    { id: 60, reason: "y".repeat(1024), bytes: 0 },
    { id: 50, reason: "reason 50", bytes: 50 },
    { id: 49, reason: "", bytes: 49 },
  ]);
  assert.equal((await listSetAside(files, "/q", 1000)).length, 51);
});

test("none where there is no directory, and what cannot be read is passed over", async () => {
  const files = new MemoryFileSystem();
  assert.deepEqual(await listSetAside(files, "/gone", 3), []);
  plant(files, "1.committed", "x");
  plant(files, "2.committed", "x");
  files.fault = (step, path) => step === "read" && path.includes("/2.") ? "io" : undefined;
  assert.deepEqual(await listSetAside(files, "/q", 3), [{ id: 1, reason: "", bytes: 1 }]);
});

test("what is no fault of a file is not hidden", async () => {
  const files = new MemoryFileSystem();
  plant(files, "1.committed", "x");
  files.readHead = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(listSetAside(files, "/q", 3), RangeError);
  files.readHead = () => Promise.reject(new FileSystemError("io", "/q/1.committed", "no"));
  assert.deepEqual(await listSetAside(files, "/q", 3), []);
});
