/** A start on a long backlog, and a directory that goes away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileSystemError } from "../../src/errors.ts";
import { encodeRecord } from "../../src/store/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";

const DIRECTORY = "/data/one";
const WAL = `${DIRECTORY}/wal`;
const never = new AbortController().signal;
const FILES = 10_000;

/** A directory with files of three signals each, with ids from 1. */
function backlog(files: number): MemoryPlatform {
  const platform = new MemoryPlatform();
  const batch = fakeBatch(3);
  const parts = encodeRecord({ meta: metaOf(batch), data: batch.data });
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  for (let id = 1; id <= files; id++) platform.files.plant(`${WAL}/${id}.committed`, bytes);
  return platform;
}

test("ten thousand files: the first batch comes before they are counted", async () => {
  const platform = backlog(FILES);
  // No other file can be read before the first batch is there.
  platform.files.fault = (step, path) =>
    step === "read" && !path.endsWith("/1.committed") ? new Promise<never>(() => {}) : undefined;
  const { queue, events } = await openFileQueue(platform, { directory: DIRECTORY });
  const lease = (await queue.next(never))!;
  assert.equal(lease.id, 1);
  const { batches, uncounted, signals } = queue.totals();
  assert.deepEqual([batches, uncounted, signals], [FILES, FILES - 1, 3]);
  assert.equal(events.counts().acceptedTotal, 3);
});

test("while it counts, what is sent is counted once, whichever comes first", async () => {
  const platform = backlog(1000);
  const { queue, events } = await openFileQueue(platform, { directory: DIRECTORY });
  let sent = 0;
  for (;;) {
    const lease = (await queue.next(never))!;
    sent += lease.signals;
    events.settled({ outcome: "delivered", signals: lease.signals });
    await queue.ack(lease.id);
    const { signals } = queue.totals();
    assert.equal(events.counts().acceptedTotal, sent + signals);
    if (queue.totals().batches === 0) break;
  }
  assert.equal(sent, 3000);
  assert.deepEqual(queue.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
});

test("a disk that cannot be read at the start is counted later, and once", async () => {
  const platform = backlog(100);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  const { queue, events } = await openFileQueue(platform, { directory: DIRECTORY });
  assert.deepEqual([queue.totals().signals, queue.totals().uncounted], [0, 100]);
  platform.files.fault = undefined;
  await platform.time.advance(30_000);
  assert.deepEqual([queue.totals().signals, queue.totals().uncounted], [300, 0]);
  assert.equal(events.counts().acceptedTotal, 300);
  await queue.close();
  assert.equal(platform.time.timers, 0);
});

test("a close in the middle of counting ends it", async () => {
  const platform = backlog(100);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  const { queue } = await openFileQueue(platform, { directory: DIRECTORY });
  await queue.close();
  assert.equal(platform.time.timers, 0);
});

test("released batches are not counted again", async () => {
  const platform = backlog(10);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  const { queue, events } = await openFileQueue(platform, { directory: DIRECTORY });
  platform.files.fault = undefined;
  await queue.next(never);
  await queue.next(never);
  queue.release();
  await platform.time.advance(30_000);
  for (let id = 1; id <= 10; id++) assert.equal((await queue.next(never))!.id, id);
  assert.equal(queue.totals().signals, 30);
  assert.equal(events.counts().acceptedTotal, 30);
});

test("a process that has no descriptors left sets no file aside", async () => {
  const platform = backlog(1);
  platform.files.fault = (step) => step === "read" ? "too_many_open" : undefined;
  const { queue } = await openFileQueue(platform, { directory: DIRECTORY });
  for (let attempt = 0; attempt < 50; attempt++) {
    await assert.rejects(queue.next(never), { code: "too_many_open" });
  }
  platform.files.fault = undefined;
  assert.equal((await queue.next(never))!.id, 1);
});

test("a directory that is removed while it is used is made anew by the next batch, durably", async () => {
  const platform = backlog(3);
  const { queue, events, logger } = await openFileQueue(platform, { directory: DIRECTORY });
  platform.files.removeDirectory(DIRECTORY);
  const id = await queue.append({ batch: fakeBatch(2) });
  assert.ok(id > 3, `id ${id}`);
  assert.match(logger.lines.join("\n"), /directory is gone; it is made anew/);
  // What was in it is gone, and told so.
  assert.equal((await queue.next(never))!.id, id);
  assert.equal(events.counts().quarantinedTotal, 3);
  const after = platform.crash("worst");
  const again = await openFileQueue(after, { directory: DIRECTORY });
  assert.equal(again.queue.totals().signals, 2);
  assert.ok(await again.queue.append({ batch: fakeBatch(1) }) > id);
});

test("a data path that is gone is not written to, and nothing is given up: it may come back", async () => {
  const platform = backlog(3);
  let isMounted = true;
  const isOwner = (): Promise<boolean> => Promise.resolve(isMounted);
  const { queue, events } = await openFileQueue(platform, { directory: DIRECTORY, isOwner });
  isMounted = false;
  platform.files.fault = () => "not_found";
  await assert.rejects(queue.append({ batch: fakeBatch(2) }), FileSystemError);
  await assert.rejects(queue.next(never), FileSystemError);
  platform.files.fault = undefined;
  isMounted = true;
  assert.equal((await queue.next(never))!.id, 1);
  assert.equal(events.counts().quarantinedTotal, 0);
  await queue.append({ batch: fakeBatch(2) });
});
