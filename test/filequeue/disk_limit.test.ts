import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../../src/store/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue, RULES } from "../support/file_queue.ts";

const DIRECTORY = "/data/one";
const never = new AbortController().signal;
const batch = fakeBatch(10);
const FILE_BYTES = encodeRecord({ meta: metaOf(batch), data: batch.data })
  .reduce((sum, part) => sum + part.length, 0);
/** Room for three files and a little. */
const THREE = 3 * FILE_BYTES + 10;

function open(platform: MemoryPlatform, rules: Partial<typeof RULES>) {
  return openFileQueue(platform, { directory: DIRECTORY, rules });
}

/** A step of the disk that waits until it is told to go on. */
function held(): { wait: Promise<undefined>; end: () => void } {
  let end = (): void => {};
  const wait = new Promise<undefined>((resolve) => end = () => resolve(undefined));
  return { wait, end };
}

function filesOf(platform: MemoryPlatform): string[] {
  return platform.files.paths().filter((path) => path.endsWith(".committed"));
}

test("the oldest batches go first, counted by their signals", async () => {
  const platform = new MemoryPlatform();
  const { queue, events, logger } = await open(platform, { maxDiskBytes: THREE });
  for (let index = 0; index < 5; index++) await queue.append({ batch });
  assert.deepEqual(filesOf(platform).map((path) => path.split("/").at(-1)), [
    "3.committed",
    "4.committed",
    "5.committed",
  ]);
  const { acceptedTotal, droppedTotal } = events.counts();
  assert.deepEqual([acceptedTotal, droppedTotal.disk_limit], [50, 20]);
  assert.deepEqual(queue.totals(), {
    batches: 3,
    bytes: 3 * FILE_BYTES,
    signals: 30,
    uncounted: 0,
  });
  assert.equal((await queue.next(never))!.id, 3);
  assert.match(logger.lines.join("\n"), /signals dropped.*disk_limit/);
});

test("what is being sent stays, and a batch that is alone is stored however large it is", async () => {
  const platform = new MemoryPlatform();
  const { queue, events } = await open(platform, { maxDiskBytes: FILE_BYTES - 1 });
  await queue.append({ batch });
  const leased = (await queue.next(never))!;
  await queue.append({ batch });
  assert.equal(events.counts().droppedTotal.disk_limit, 0);
  await queue.append({ batch });
  assert.equal(events.counts().droppedTotal.disk_limit, 10);
  await queue.ack(leased.id);
  assert.equal((await queue.next(never))!.id, 3);
});

test("with reject the new batch is refused until there is room, and the old ones stay", async () => {
  const platform = new MemoryPlatform();
  const { queue, events } = await open(platform, { maxDiskBytes: THREE, onFull: "reject" });
  for (let index = 0; index < 3; index++) await queue.append({ batch });
  const refusal = { code: "STORAGE", message: /max_disk_bytes.*\/data\/one/ };
  await assert.rejects(queue.append({ batch }), refusal);
  await assert.rejects(queue.stage({ batch }), refusal);
  assert.equal(filesOf(platform).length, 3);
  assert.equal(events.counts().storeErrorsTotal, 2);
  await queue.ack((await queue.next(never))!.id);
  await queue.append({ batch });
  assert.equal(events.counts().droppedTotal.disk_limit, 0);
});

test("a backlog that is over the limit at start is cut when it is counted", async () => {
  const platform = new MemoryPlatform();
  const before = await open(platform, {});
  for (let index = 0; index < 50; index++) await before.queue.append({ batch });
  const { queue, events } = await open(platform, { maxDiskBytes: THREE });
  await platform.time.settle();
  const { acceptedTotal, droppedTotal } = events.counts();
  assert.deepEqual([acceptedTotal, droppedTotal.disk_limit], [500, 470]);
  assert.equal(queue.totals().signals, 30);
  assert.equal((await queue.next(never))!.id, 48);
});

test("a limit that is lowered holds at once, also when nothing comes in", async () => {
  const platform = new MemoryPlatform();
  const { queue, events } = await open(platform, {});
  for (let index = 0; index < 5; index++) await queue.append({ batch });
  queue.configure({ ...RULES, maxDiskBytes: THREE });
  await platform.time.settle();
  assert.equal(events.counts().droppedTotal.disk_limit, 20);
  assert.equal(filesOf(platform).length, 3);
});

test("a disk that does not delete makes no room: the new batch is refused, and each loss counted once", async () => {
  const platform = new MemoryPlatform();
  const { queue, events } = await open(platform, { maxDiskBytes: THREE });
  for (let index = 0; index < 3; index++) await queue.append({ batch });
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  await assert.rejects(queue.append({ batch }), { code: "STORAGE", message: /to make room/ });
  platform.files.fault = undefined;
  await queue.append({ batch });
  const { acceptedTotal, droppedTotal } = events.counts();
  assert.deepEqual([acceptedTotal, droppedTotal.disk_limit], [40, 10]);
  assert.equal(queue.totals().signals, 30);
});

test("two queues that share a file each hold their own limit", async () => {
  const platform = new MemoryPlatform();
  const one = await open(platform, {});
  const two = await openFileQueue(platform, {
    directory: "/data/two",
    rules: { maxDiskBytes: THREE },
  });
  for (let index = 0; index < 5; index++) {
    const storable = { batch };
    await one.queue.append(storable);
    await two.queue.append(storable);
  }
  assert.deepEqual([one.queue.totals().batches, two.queue.totals().batches], [5, 3]);
  assert.equal(two.events.counts().droppedTotal.disk_limit, 20);
});

for (const onFull of ["drop_oldest", "reject"] as const) {
  test(`batches that are staged together hold the limit together: ${onFull}`, async () => {
    const platform = new MemoryPlatform();
    const { queue } = await open(platform, { maxDiskBytes: THREE, onFull });
    for (let index = 0; index < 2; index++) await queue.append({ batch });
    const staged = await Promise.all([1, 2, 3, 4].map(() => queue.stage({ batch })));
    await Promise.allSettled(staged.map((one) => one.commit()));
    assert.equal(filesOf(platform).length, 3);
    assert.ok(queue.totals().bytes <= THREE);
  });
}

test("batches that are staged together drop no more than they need", async () => {
  const platform = new MemoryPlatform();
  const large = fakeBatch(1000);
  const { queue, events } = await open(platform, {});
  for (let index = 0; index < 4; index++) await queue.append({ batch: large });
  queue.configure({ ...RULES, maxDiskBytes: queue.totals().bytes });
  const staged = await Promise.all([1, 2, 3, 4].map(() => queue.stage({ batch })));
  for (const one of staged) await one.commit();
  assert.equal(events.counts().droppedTotal.disk_limit, 1000);
});

test("a process without descriptors does not lose its backlog to the limit", async () => {
  const platform = new MemoryPlatform();
  const before = await open(platform, {});
  for (let index = 0; index < 20; index++) await before.queue.append({ batch });
  await before.queue.close();
  const { queue, events } = await open(platform, { maxDiskBytes: 20 * FILE_BYTES });
  platform.files.fault = (step) => step === "read" ? "too_many_open" : undefined;
  await queue.append({ batch }).catch(() => {});
  platform.files.fault = undefined;
  const kept = filesOf(platform).length;
  assert.ok(kept >= 19, `${kept} files are left`);
  await queue.append({ batch });
  const { acceptedTotal, droppedTotal } = events.counts();
  assert.equal(acceptedTotal, droppedTotal.disk_limit + queue.totals().signals);
});

test("a batch that is read while the one behind it is dropped is counted all the same", async () => {
  const platform = new MemoryPlatform();
  const before = await open(platform, {});
  for (let index = 0; index < 3; index++) await before.queue.append({ batch });
  await before.queue.close();
  const reading = held();
  platform.files.fault = (step, path) =>
    step === "read" && path.endsWith("/1.committed") ? reading.wait : undefined;
  const { queue, events } = await open(platform, { maxDiskBytes: FILE_BYTES });
  const first = queue.next(never);
  await queue.append({ batch });
  // This one makes room for itself, and when the first is counted it is too much too.
  await queue.append({ batch });
  reading.end();
  assert.equal((await first)!.id, 1);
  await platform.time.settle();
  const { acceptedTotal, droppedTotal } = events.counts();
  assert.deepEqual([acceptedTotal, droppedTotal.disk_limit], [50, 40]);
  assert.deepEqual(queue.totals(), {
    batches: 1,
    bytes: FILE_BYTES,
    signals: 10,
    uncounted: 0,
  });
});

test("a file that cannot be read for some minutes does not stop what comes in for longer", async () => {
  const platform = new MemoryPlatform();
  const before = await open(platform, {});
  for (let index = 0; index < 3; index++) await before.queue.append({ batch });
  await before.queue.close();
  const { queue, events } = await open(platform, { maxDiskBytes: THREE });
  platform.files.fault = (step, path) =>
    step === "read" && path.endsWith("/1.committed") ? "io" : undefined;
  await assert.rejects(queue.append({ batch }));
  await platform.time.advance(100_000);
  await assert.rejects(queue.append({ batch }));
  await platform.time.advance(100_000);
  await queue.append({ batch });
  assert.equal(events.counts().quarantinedTotal, 1);
  assert.ok(platform.files.peek(`${DIRECTORY}/quarantine/1.committed`) !== undefined);
});

test("a queue that is closed deletes nothing any more", async () => {
  const platform = new MemoryPlatform();
  const before = await open(platform, {});
  for (let index = 0; index < 40; index++) await before.queue.append({ batch });
  await before.queue.close();
  let reads = 0;
  const counting = held();
  platform.files.fault = (step) => step === "read" && ++reads > 16 ? counting.wait : undefined;
  const { queue } = await open(platform, { maxDiskBytes: THREE });
  await queue.close();
  counting.end();
  await platform.time.settle();
  assert.equal(filesOf(platform).length, 40);
});

test("a limit that is lowered at the end is not held after a close", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, {});
  for (let index = 0; index < 5; index++) await queue.append({ batch });
  queue.configure({ ...RULES, maxDiskBytes: THREE });
  await queue.close();
  const kept = filesOf(platform).length;
  await platform.time.settle();
  assert.equal(filesOf(platform).length, kept);
});

test("a batch that is alone and larger than the limit stays, over a reload and a restart", async () => {
  const platform = new MemoryPlatform();
  const rules = { maxDiskBytes: FILE_BYTES - 1 };
  const { queue, events } = await open(platform, rules);
  await queue.append({ batch });
  queue.configure({ ...RULES, ...rules });
  await queue.close();
  assert.equal(events.counts().droppedTotal.disk_limit, 0);
  const again = await open(platform, rules);
  await platform.time.settle();
  assert.equal(again.events.counts().droppedTotal.disk_limit, 0);
  assert.equal(again.queue.totals().batches, 1);
  // Beside another one it is not alone any more.
  await again.queue.append({ batch });
  assert.equal(again.events.counts().droppedTotal.disk_limit, 10);
});
