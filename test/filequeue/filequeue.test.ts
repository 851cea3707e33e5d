import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { FileSystemError } from "../../src/errors.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue } from "../support/file_queue.ts";

const DIRECTORY = "/data/one";
const WAL = `${DIRECTORY}/wal`;
const never = new AbortController().signal;

function open(platform: MemoryPlatform, directory = DIRECTORY) {
  return openFileQueue(platform, { directory });
}

async function names(platform: MemoryPlatform, directory = WAL): Promise<string[]> {
  return (await listDirectory(platform.files, directory)).map(({ name }) => name).sort();
}

test("what is appended comes out in order, and is deleted when it is acked", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  assert.equal(await queue.append({ batch: fakeBatch(3) }), 1);
  assert.equal(await queue.append({ batch: fakeBatch(4) }), 2);
  assert.deepEqual(await names(platform), ["1.committed", "2.committed"]);
  assert.deepEqual(queue.totals().signals, 7);
  const first = (await queue.next(never))!;
  const second = (await queue.next(never))!;
  assert.deepEqual([first.id, first.signals, second.id, second.signals], [1, 3, 2, 4]);
  assert.deepEqual(await names(platform), ["1.committed", "2.committed"]);
  await queue.ack(2);
  assert.deepEqual(await names(platform), ["1.committed"]);
  await queue.ack(1);
  assert.deepEqual(await names(platform), []);
  assert.deepEqual(queue.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
});

test("next waits for a batch, and an abort ends the wait", async () => {
  const { queue } = await open(new MemoryPlatform());
  const stop = new AbortController();
  const nothing = queue.next(stop.signal);
  stop.abort();
  assert.equal(await nothing, undefined);
  const waiting = queue.next(never);
  await queue.append({ batch: fakeBatch(1) });
  assert.equal((await waiting)?.id, 1);
});

test("an acknowledged batch survives the worst crash; an unacked lease comes again", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  await queue.append({ batch: fakeBatch(3, Uint8Array.of(7, 8, 9)) });
  await queue.append({ batch: fakeBatch(2) });
  await queue.next(never);
  const after = platform.crash("worst");
  const again = await open(after);
  assert.equal(again.events.counts().acceptedTotal, 5);
  const lease = (await again.queue.next(never))!;
  assert.deepEqual([lease.id, [...lease.data]], [1, [7, 8, 9]]);
  assert.ok(await again.queue.append({ batch: fakeBatch(1) }) >= 3);
});

test("at every step of an append a crash leaves the whole batch or nothing", async () => {
  for (let step = 0;; step++) {
    let steps = 0;
    let dead = false;
    const platform = new MemoryPlatform({ seed: step });
    const { queue } = await open(platform);
    platform.files.fault = () => {
      dead ||= steps++ >= step;
      return dead ? "io" : undefined;
    };
    const isAcked = await queue.append({ batch: fakeBatch(5) }).then(() => true, () => false);
    platform.files.fault = undefined;
    const survivor = platform.crash();
    const left = await names(survivor);
    assert.ok(left.every((name) => /^[0-9]+\.committed(\.tmp)?$/.test(name)), left.join());
    const { signals } = (await open(survivor)).queue.totals();
    assert.ok(isAcked ? signals === 5 : signals === 0 || signals === 5, `step ${step}: ${signals}`);
    if (isAcked) break;
  }
});

test("each kind of damage costs that file alone and is set aside with its reason", async () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const meta = { version: "alloy.metrics.queue.v1", series_count: "1" };
  const damaged: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /got nothing, an empty file/],
    [text("hello"), /Cannot read record/],
    [encode({ Meta: meta, Data: Uint8Array.of(1) }).slice(0, -1), /which end in the midst of/],
    [
      encode({ Meta: { ...meta, version: "alloy.metrics.queue.v9" }, Data: new Uint8Array() }),
      /queue\.v9/,
    ],
    [encode({ Meta: { ...meta, series_count: "-1" }, Data: new Uint8Array() }), /series_count/],
    [encode({ Meta: {}, Data: new Uint8Array() }), /no version/],
  ];
  for (const [bytes, reason] of damaged) {
    const platform = new MemoryPlatform();
    await platform.files.makeDirectory(WAL);
    await platform.files.writeAndSync(`${WAL}/1.committed`, [bytes]);
    const { queue, events, logger } = await open(platform);
    await queue.append({ batch: fakeBatch(2) });
    assert.equal((await queue.next(never))?.id, 2);
    assert.deepEqual(await names(platform), ["2.committed"]);
    const aside = `${DIRECTORY}/quarantine`;
    assert.deepEqual(await names(platform, aside), ["1.committed", "1.committed.reason"]);
    assert.deepEqual(await platform.files.read(`${aside}/1.committed`), bytes);
    const note = await platform.files.read(`${aside}/1.committed.reason`);
    assert.match(new TextDecoder().decode(note), reason);
    assert.equal(events.counts().quarantinedTotal, 1);
    assert.match(logger.lines.join("\n"), reason);
    assert.equal(queue.totals().signals, 2);
  }
});

test("a file that somebody deleted is reported, and the rest goes on", async () => {
  const platform = new MemoryPlatform();
  const { queue: before } = await open(platform);
  await before.append({ batch: fakeBatch(1) });
  await before.append({ batch: fakeBatch(2) });
  const { queue, events } = await open(platform);
  await platform.files.remove(`${WAL}/1.committed`);
  assert.equal((await queue.next(never))?.id, 2);
  assert.equal(events.counts().quarantinedTotal, 1);
});

test("a disk that cannot be read gives the batch later, not never", async () => {
  const platform = new MemoryPlatform();
  const { queue: before } = await open(platform);
  await before.append({ batch: fakeBatch(1) });
  const { queue } = await open(platform);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  await assert.rejects(queue.next(never), FileSystemError);
  platform.files.fault = undefined;
  assert.equal((await queue.next(never))?.id, 1);
});

test("a file that cannot be counted at start is counted when it can be read", async () => {
  const platform = new MemoryPlatform();
  const { queue: before } = await open(platform);
  await before.append({ batch: fakeBatch(3) });
  platform.files.fault = (step, path) =>
    step === "read" && path.endsWith("1.committed") ? "not_permitted" : undefined;
  const { queue, events } = await open(platform);
  assert.equal(queue.totals().signals, 0);
  platform.files.fault = undefined;
  assert.equal((await queue.next(never))?.signals, 3);
  assert.equal(queue.totals().signals, 3);
  assert.equal(events.counts().acceptedTotal, 3);
  await queue.ack(1);
  assert.equal(queue.totals().signals, 0);
});

test("a file that can never be read is set aside after some attempts, and the rest goes on", async () => {
  const platform = new MemoryPlatform();
  const { queue: before } = await open(platform);
  await before.append({ batch: fakeBatch(3) });
  await before.append({ batch: fakeBatch(2) });
  const { queue } = await open(platform);
  platform.files.fault = (step, path) =>
    step === "read" && path.endsWith("1.committed") ? "io" : undefined;
  let failures = 0;
  let lease = undefined;
  while (lease === undefined && failures < 50) {
    lease = await queue.next(never).catch(() => void failures++);
  }
  assert.equal(lease?.id, 2);
  assert.equal(failures, 9);
  const aside = await names(platform, `${DIRECTORY}/quarantine`);
  assert.deepEqual(aside, ["1.committed", "1.committed.reason"]);
});

test("failures to read one file do not count for another", async () => {
  const platform = new MemoryPlatform();
  const { queue: before } = await open(platform);
  await before.append({ batch: fakeBatch(3) });
  await before.append({ batch: fakeBatch(2) });
  const { queue } = await open(platform);
  await queue.next(never);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  for (let times = 0; times < 8; times++) await assert.rejects(queue.next(never), { code: "io" });
  // The endpoint starts anew, and the first one comes again.
  queue.release();
  for (let times = 0; times < 9; times++) await assert.rejects(queue.next(never), { code: "io" });
  platform.files.fault = undefined;
  assert.equal((await queue.next(never))?.id, 1);
  assert.equal((await queue.next(never))?.id, 2);
});

test("a delivered file that cannot be deleted is not sent again in this run", async () => {
  const platform = new MemoryPlatform();
  const { queue, logger } = await open(platform);
  await queue.append({ batch: fakeBatch(1) });
  await queue.next(never);
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  await queue.ack(1);
  assert.match(logger.lines.join("\n"), /cannot delete delivered files/);
  queue.release();
  assert.deepEqual(queue.totals().batches, 0);
  platform.files.fault = undefined;
  await queue.append({ batch: fakeBatch(1) });
  await queue.next(never);
  await queue.ack(2);
  assert.deepEqual(await names(platform), []);
});

test("a batch that was just stored is not read back, and the bound on those holds", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  const megabyte = new Uint8Array(1024 * 1024);
  for (let index = 0; index < 5; index++) await queue.append({ batch: fakeBatch(1, megabyte) });
  const before = platform.files.counts.read;
  for (let id = 1; id <= 5; id++) {
    const lease = (await queue.next(never))!;
    assert.deepEqual([lease.id, lease.data.length], [id, megabyte.length]);
  }
  assert.equal(platform.files.counts.read - before, 4);
});

test("what a batch takes in short form counts for that bound", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  const bytes = new Uint8Array(1024 * 1024);
  const handed = { handlesOf: 1, rows: 1, bytes, uncompressedBytes: 1 };
  for (let index = 0; index < 5; index++) {
    await queue.append({ batch: { ...fakeBatch(1), handed } });
  }
  const before = platform.files.counts.read;
  const leases = [];
  for (let id = 1; id <= 5; id++) leases.push((await queue.next(never))!);
  assert.equal(platform.files.counts.read - before, 4);
  assert.deepEqual(leases.map((lease) => lease.handed), [handed, ...Array(4).fill(undefined)]);
});

test("many files that are through at once are each deleted once", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  for (let index = 0; index < 200; index++) await queue.append({ batch: fakeBatch(1) });
  for (let index = 0; index < 200; index++) await queue.next(never);
  const { remove } = platform.files.counts;
  await Promise.all(Array.from({ length: 200 }, (_, index) => queue.ack(index + 1)));
  assert.equal(platform.files.counts.remove, remove + 200);
  assert.deepEqual(await names(platform), []);
});

test("released leases come again in order, before what waits", async () => {
  const { queue } = await open(new MemoryPlatform());
  for (let index = 0; index < 4; index++) await queue.append({ batch: fakeBatch(1) });
  await queue.next(never);
  await queue.next(never);
  await queue.next(never);
  await queue.ack(2);
  queue.release();
  const ids = [];
  for (let index = 0; index < 3; index++) ids.push((await queue.next(never))?.id);
  assert.deepEqual(ids, [1, 3, 4]);
});

test("a second queue shares the file of the first by a link, and outlives its deletion", async () => {
  const platform = new MemoryPlatform();
  const one = await open(platform);
  const two = await open(platform, "/data/two");
  const storable = { batch: fakeBatch(2, Uint8Array.of(5, 6)) };
  await one.queue.append(storable);
  let writes = 0;
  platform.files.fault = (step, path) => {
    if (step === "create" && path.endsWith(".tmp")) writes++;
    return undefined;
  };
  await two.queue.append(storable);
  assert.equal(writes, 0);
  await one.queue.next(never);
  await one.queue.ack(1);
  assert.deepEqual([...(await two.queue.next(never))!.data], [5, 6]);
});

test("without links, or when the first is through already, the second writes its own", async () => {
  for (const reason of ["link_unsupported", "not_found"] as const) {
    const platform = new MemoryPlatform();
    const one = await open(platform);
    const two = await open(platform, "/data/two");
    const storable = { batch: fakeBatch(2) };
    await one.queue.append(storable);
    platform.files.fault = (step, path) =>
      step === "link" && (reason === "link_unsupported" || path.endsWith(".committed"))
        ? reason
        : undefined;
    await two.queue.append(storable);
    assert.equal((await two.queue.next(never))?.signals, 2);
  }
});

test("a file that somebody else has put in the place of one that is through is not shared", async () => {
  for (const other of ["no batch", "longer", "as long"] as const) {
    const platform = new MemoryPlatform();
    const one = await open(platform);
    const two = await open(platform, "/data/two");
    const storable = { batch: fakeBatch(2, Uint8Array.of(5, 6)) };
    await one.queue.append(storable);
    const path = `${WAL}/1.committed`;
    const ours = platform.files.peek(path)!.slice();
    await one.queue.next(never);
    await one.queue.ack(1);
    const foreign = {
      "no batch": Uint8Array.of(1, 2, 3),
      longer: Uint8Array.of(...ours, 0),
      "as long": Uint8Array.from(ours, (byte, at) => at === ours.length - 2 ? byte ^ 1 : byte),
    }[other];
    platform.files.plant(path, foreign);
    await two.queue.append(storable);
    assert.deepEqual(platform.files.peek("/data/two/wal/1.committed"), ours, other);
    assert.deepEqual(platform.files.peek(path), foreign, other);
  }
});

test("a failed append leaves nothing behind and burns its id", async () => {
  for (const failing of ["create", "write", "sync", "link", "sync_directory"]) {
    const platform = new MemoryPlatform();
    const { queue } = await open(platform);
    platform.files.fault = (step) => step === failing ? "no_space" : undefined;
    await assert.rejects(queue.append({ batch: fakeBatch(1) }), FileSystemError);
    platform.files.fault = undefined;
    assert.deepEqual(await names(platform), []);
    assert.equal(await queue.append({ batch: fakeBatch(1) }), 2);
    assert.equal(queue.totals().batches, 1);
  }
});

test("a damaged file that a crash left under both names is set aside for good", async () => {
  const platform = new MemoryPlatform();
  platform.files.plant(`${WAL}/1.committed`, new TextEncoder().encode("damaged"));
  await platform.files.makeDirectory(`${DIRECTORY}/quarantine`);
  await platform.files.link(`${WAL}/1.committed`, `${DIRECTORY}/quarantine/1.committed`);
  platform.files.plant(`${DIRECTORY}/quarantine/1.committed.reason`, new Uint8Array());
  const { queue } = await open(platform);
  const stop = new AbortController();
  const waiting = queue.next(stop.signal);
  await platform.time.settle();
  stop.abort();
  assert.equal(await waiting, undefined);
  assert.deepEqual(await names(platform), []);
  assert.deepEqual(await names(platform, `${DIRECTORY}/quarantine`), [
    "1.committed",
    "1.committed.reason",
  ]);
});

test("a file that somebody else has put there is never overwritten, and later ids are used", async () => {
  const theirs = Uint8Array.of(1, 2, 3);
  for (const hasLinks of [true, false]) {
    for (const isShared of [false, true]) {
      const platform = new MemoryPlatform();
      const one = await open(platform);
      const two = await open(platform, "/data/two");
      platform.files.fault = (step) =>
        step === "link" && !hasLinks ? "link_unsupported" : undefined;
      const queue = isShared ? two : one;
      const wal = isShared ? "/data/two/wal" : WAL;
      for (const id of [1, 2, 7]) platform.files.plant(`${wal}/${id}.committed`, theirs);
      const storable = { batch: fakeBatch(5) };
      if (isShared) await one.queue.append(storable);
      assert.equal(await queue.queue.append(storable), 8);
      assert.equal(await queue.queue.append({ batch: fakeBatch(1) }), 9);
      for (const id of [1, 2, 7]) {
        assert.deepEqual(platform.files.peek(`${wal}/${id}.committed`), theirs);
      }
      assert.equal(queue.queue.totals().signals, 6);
      assert.deepEqual(platform.files.paths().filter((path) => path.endsWith(".tmp")), []);
      const lines = queue.logger.lines.filter((line) => line.includes("somebody else"));
      assert.equal(lines.length, 1, lines.join("\n"));
    }
  }
});

test("an id in use while the lock is not this process's is another owner's: nothing is stored", async () => {
  const platform = new MemoryPlatform();
  const isOwner = (): Promise<boolean> => Promise.resolve(false);
  const { queue } = await openFileQueue(platform, { directory: DIRECTORY, isOwner });
  platform.files.plant(`${WAL}/1.committed`, Uint8Array.of(1));
  await assert.rejects(queue.append({ batch: fakeBatch(1) }), {
    code: "STORAGE",
    message: /another process writes to the data path/,
  });
  assert.deepEqual(await names(platform), ["1.committed"]);
});

test("two processes never write under one another's names", async () => {
  const platform = new MemoryPlatform();
  const first = await open(platform);
  const second = await open(platform);
  const append = ({ queue }: typeof first, signals: number): Promise<number> =>
    queue.append({ batch: fakeBatch(signals) });
  const ids = await Promise.all([1, 2, 3, 4].flatMap((signals) => [
    append(first, signals),
    append(second, signals + 10),
  ]));
  assert.equal(new Set(ids).size, 8);
  const signals = [];
  const { queue } = await open(platform);
  for (let index = 0; index < 8; index++) signals.push((await queue.next(never))!.signals);
  assert.deepEqual(signals.toSorted((a, b) => a - b), [1, 2, 3, 4, 11, 12, 13, 14]);
});

test("a draft that the disk would not remove is no batch, and goes with a later one", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform);
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  await queue.append({ batch: fakeBatch(2) });
  await queue.append({ batch: fakeBatch(3) });
  platform.files.fault = undefined;
  assert.equal((await names(platform)).length, 4);
  const survivor = platform.crash("worst");
  const after = await open(survivor);
  assert.equal(after.queue.totals().signals, 5);
  assert.deepEqual(await names(survivor), ["1.committed", "2.committed"]);
  survivor.files.fault = (step) => step === "remove" ? "io" : undefined;
  await after.queue.append({ batch: fakeBatch(1) });
  survivor.files.fault = undefined;
  await after.queue.append({ batch: fakeBatch(1) });
  assert.ok((await names(survivor)).every((name) => name.endsWith(".committed")));
});

test("a draft that cannot be removed at the start does not keep the queue from opening", async () => {
  const platform = new MemoryPlatform();
  platform.files.plant(`${WAL}/5.committed.tmp`, Uint8Array.of(1));
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  const { queue } = await open(platform);
  platform.files.fault = undefined;
  await queue.append({ batch: fakeBatch(1) });
  assert.deepEqual(await names(platform), ["1.committed"]);
});

test("a queue is not kept among the files of Prometheus, and is among others", async () => {
  for (const name of ["00000000", "checkpoint.00000011"]) {
    const platform = new MemoryPlatform();
    await platform.files.makeDirectory("/data/wal");
    await platform.files.writeAndSync(`/data/wal/${name}`, [Uint8Array.of(0)]);
    await assert.rejects(open(platform, "/data/wal"), {
      code: "INVALID_OPTIONS",
      message: new RegExp(`"wal" in /data/wal: Prometheus has its own files there \\(${name}\\)`),
    });
    assert.deepEqual(await names(platform, "/data/wal"), [name], "nothing was made");
    await open(platform, "/data/other");
  }
  const platform = new MemoryPlatform();
  await open(platform, "/data/wal");
  await open(platform, "/data/wal");
});
