import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileSystemError } from "../../src/errors.ts";
import type { FileQueue } from "../../src/filequeue/filequeue.ts";
import { ReservedIds } from "../../src/filequeue/reserved_ids.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";

const DIRECTORY = "/data/one";
const never = new AbortController().signal;

async function openQueue(platform: MemoryPlatform): Promise<FileQueue> {
  return (await openFileQueue(platform, { directory: DIRECTORY })).queue;
}

test("an id is not used twice, although its file was delivered and deleted", async () => {
  let platform = new MemoryPlatform();
  const used = new Set<number>();
  for (let run = 0; run < 5; run++) {
    const queue = await openQueue(platform);
    for (let batch = 0; batch < 3; batch++) {
      const id = await queue.append({ batch: fakeBatch(1) });
      assert.ok(!used.has(id), `id ${id} again in run ${run}`);
      used.add(id);
      await queue.ack((await queue.next(never))!.id);
    }
    platform = platform.crash("worst");
  }
  assert.equal(used.size, 15);
});

test("one file is written for many ids, and the ones before it go", async () => {
  const { files } = new MemoryPlatform();
  await files.makeDirectory(DIRECTORY);
  const ids = await ReservedIds.open(files, DIRECTORY);
  for (let id = 1; id <= 2500; id++) await ids.cover(id);
  assert.deepEqual((await listDirectory(files, DIRECTORY)).map(({ name }) => name), [
    "3000.reserved",
  ]);
});

test("a disk that refuses gives no id; a crash between two files leaves the larger one", async () => {
  const platform = new MemoryPlatform();
  const { files } = platform;
  await files.makeDirectory(DIRECTORY);
  const ids = await ReservedIds.open(files, DIRECTORY);
  for (const refused of ["create", "sync", "sync_directory"]) {
    files.fault = (step) => step === refused ? "io" : undefined;
    await assert.rejects(ids.cover(1), FileSystemError);
    assert.equal(ids.last, 0);
  }
  files.fault = undefined;
  await ids.cover(1);
  files.fault = (step) => step === "remove" ? "io" : undefined;
  await ids.cover(1001);
  files.fault = undefined;
  assert.equal((await listDirectory(files, DIRECTORY)).length, 2);
  const again = await ReservedIds.open(files, DIRECTORY);
  assert.equal(again.last, 2000);
  await again.cover(2001);
  assert.deepEqual((await listDirectory(files, DIRECTORY)).map(({ name }) => name), [
    "3000.reserved",
  ]);
});

test("names that are no reservation are left alone and count for nothing", async () => {
  const { files } = new MemoryPlatform();
  await files.makeDirectory(`${DIRECTORY}/7.reserved`);
  for (const name of ["x.reserved", "-1.reserved", "1e3.reserved", "9999999999999999.reserved"]) {
    await files.writeAndSync(`${DIRECTORY}/${name}`, []);
  }
  assert.equal((await ReservedIds.open(files, DIRECTORY)).last, 0);
});

test("a directory that cannot be synced does not fill with files", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await openFileQueue(platform, { directory: "/data/one" });
  platform.files.fault = (step, path) =>
    step === "sync_directory" && path === "/data/one" ? "io" : undefined;
  for (let attempt = 0; attempt < 50; attempt++) {
    await assert.rejects(queue.append({ batch: fakeBatch(1) }));
  }
  const reserved = platform.files.paths().filter((path) => path.endsWith(".reserved"));
  assert.ok(reserved.length <= 1, `${reserved.length} files`);
  platform.files.fault = undefined;
  await queue.append({ batch: fakeBatch(1) });
  assert.equal(platform.files.paths().filter((path) => path.endsWith(".reserved")).length, 1);
});
