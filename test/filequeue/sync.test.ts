/** When a stored batch survives the power, by the level of `persistence.sync`. */
import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoreRules } from "../../src/contracts.ts";
import { type FileErrorCode, FileSystemError } from "../../src/errors.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { openFileQueue, RULES } from "../support/file_queue.ts";

const DIRECTORY = "/data/one";
const never = new AbortController().signal;
const batch = fakeBatch(2);

function open(platform: MemoryPlatform, rules: Partial<StoreRules>, directory = DIRECTORY) {
  return openFileQueue(platform, { directory, rules });
}

/** A queue with a batch that is not synced yet. */
async function storeOne(rules: Partial<StoreRules> = {}) {
  const platform = new MemoryPlatform();
  const { queue, logger } = await open(platform, { sync: "interval", ...rules });
  await queue.append({ batch });
  return { platform, queue, logger };
}

/** What a crash leaves to the next process, as whole batches. */
async function leftAfter(platform: MemoryPlatform, survival: "worst" | "all"): Promise<number> {
  const { queue } = await open(platform.crash(survival), {});
  return queue.totals().signals;
}

test("commit: a batch that is stored survives a power cut", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "commit" });
  await queue.append({ batch });
  assert.equal(await leftAfter(platform, "worst"), 2);
});

test("interval: it survives the process at once, and a power cut after the interval", async () => {
  for (
    const [waitMs, survival, left] of [[0, "all", 2], [999, "worst", 0], [
      1000,
      "worst",
      2,
    ]] as const
  ) {
    const platform = new MemoryPlatform();
    const { queue } = await open(platform, { sync: "interval", syncIntervalMs: 1000 });
    const { sync } = platform.files.counts;
    await queue.append({ batch });
    assert.equal(platform.files.counts.sync - sync, 1, "the reserved ids alone");
    await platform.time.advance(waitMs);
    assert.equal(await leftAfter(platform, survival), left, `${survival} after ${waitMs} ms`);
  }
});

test("interval: what a process before did not come to sync is synced by the next one", async () => {
  for (const isRead of [false, true]) {
    const platform = new MemoryPlatform();
    const { queue } = await open(platform, { sync: "interval" });
    for (let index = 0; index < 40; index++) await queue.append({ batch });
    const next = platform.crash("all");
    const again = await open(next, { sync: "interval" });
    if (isRead) await again.queue.next(never);
    await next.time.advance(1000);
    assert.equal(await leftAfter(next, "worst"), 80);
  }
});

test("interval: a close syncs what is left", async () => {
  const { platform, queue } = await storeOne();
  await queue.close();
  assert.equal(platform.time.timers, 0);
  assert.equal(await leftAfter(platform, "worst"), 2);
});

test("interval: what is sent and deleted meanwhile is not synced any more", async () => {
  const { platform, queue, logger } = await storeOne();
  const { sync } = platform.files.counts;
  await queue.ack((await queue.next(never))!.id);
  await platform.time.advance(2000);
  assert.equal(platform.files.counts.sync, sync);
  assert.deepEqual(logger.lines, []);
});

test("none: it survives the process, and nothing is ever synced", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "none" });
  await queue.append({ batch });
  const { sync, sync_directory } = platform.files.counts;
  await platform.time.advance(60_000);
  await queue.close();
  assert.deepEqual(
    [platform.files.counts.sync, platform.files.counts.sync_directory],
    [sync, sync_directory],
  );
  assert.equal(await leftAfter(platform, "all"), 2);
  const again = new MemoryPlatform();
  const { queue: other } = await open(again, { sync: "none" });
  await other.append({ batch });
  assert.equal(await leftAfter(again, "worst"), 0);
});

test("interval: an fsync that failed is not tried again on that file: it is written anew", async () => {
  const { platform, queue, logger } = await storeOne();
  const failing: string[] = [];
  platform.files.fault = (step, path) => {
    if (step !== "sync") return undefined;
    failing.push(path);
    return "io";
  };
  await platform.time.advance(1000);
  assert.match(logger.lines.join("\n"), /cannot sync files; trying again/);
  // Nothing more is taken while the disk does not sync.
  await assert.rejects(queue.append({ batch }), /files cannot be synced/);
  platform.files.fault = undefined;
  await platform.time.advance(1000);
  assert.equal(failing.filter((path) => path.endsWith("1.committed")).length, 1);
  await queue.append({ batch });
  await queue.close();
  // In this disk, too, a second sync of a lost file succeeds and brings nothing.
  assert.equal(await leftAfter(platform, "worst"), 4);
});

test("interval: of two queues that share a file both write it anew when its fsync failed", async () => {
  const platform = new MemoryPlatform();
  const one = await open(platform, { sync: "interval" });
  const two = await open(platform, { sync: "interval" }, "/data/two");
  const storable = { batch };
  await one.queue.append(storable);
  await two.queue.append(storable);
  let failures = 0;
  platform.files.fault = (step) => step === "sync" && failures++ === 0 ? "io" : undefined;
  await platform.time.advance(3000);
  const after = platform.crash("worst");
  for (const directory of [DIRECTORY, "/data/two"]) {
    const { queue } = await openFileQueue(after, { directory });
    assert.equal(queue.totals().signals, 2, directory);
  }
});

test("interval: what comes while files are synced is synced next, without another batch", async () => {
  const { platform, queue } = await storeOne({ syncIntervalMs: 1000 });
  let release = (): void => {};
  const held = new Promise<undefined>((resolve) => release = () => resolve(undefined));
  platform.files.fault = (step) => step === "sync_directory" ? held : undefined;
  await platform.time.advance(1000);
  await queue.append({ batch });
  // Its own turn comes and goes while the first sync is under way.
  await platform.time.advance(1000);
  platform.files.fault = undefined;
  release();
  await platform.time.advance(1000);
  assert.equal(await leftAfter(platform, "worst"), 4);
});

test("interval: so many files are never left to be synced: who stores the next one waits", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "interval", syncIntervalMs: 3_600_000 });
  const hung = held();
  platform.files.fault = (step, path) =>
    step === "sync" && path.endsWith(".committed") ? hung.wait : undefined;
  let stored = 0;
  const all = Array.from({ length: 300 }, () => queue.append({ batch }).then(() => stored++));
  await platform.time.settle();
  assert.ok(stored > 200 && stored < 257, `${stored}`);
  hung.end();
  await Promise.all(all);
  await queue.close();
});

/** Each fsync that has something to bring to the disk takes so long, any number side by side. */
function slow({ files, time }: MemoryPlatform, fsyncMs: number): void {
  files.fault = (step, path) => {
    const isDirty = step === "sync_directory" || (step === "sync" && !files.isSynced(path));
    if (!isDirty) return undefined;
    return new Promise((resolve) => time.after(fsyncMs, () => resolve(undefined)));
  };
}

/** Stores one batch every 5 ms, or as fast as may be; the oldest that a power cut would take, at any time. */
async function worstLossMs(
  platform: MemoryPlatform,
  { stores, forMs }: {
    readonly stores: readonly { append(storable: { batch: typeof batch }): Promise<number> }[];
    readonly forMs: number;
  },
): Promise<{ readonly stored: number; readonly lossMs: number }> {
  const { time, files } = platform;
  const ackedMs: number[] = [];
  const endMs = time.monotonicMs() + forMs;
  const storing = (async () => {
    while (time.monotonicMs() < endMs) {
      const storable = { batch };
      for (const store of stores) await store.append(storable);
      ackedMs.push(time.monotonicMs());
      await new Promise<void>((resolve) => time.after(5, resolve));
    }
  })();
  let lossMs = 0;
  while (time.monotonicMs() < endMs) {
    await time.advance(100);
    const left = files.afterPowerCut();
    for (let store = 0; store < stores.length; store++) {
      const directory = `/data/${store}/wal/`;
      const isWhole = (path: string): boolean =>
        path.startsWith(directory) && path.endsWith(".committed") && left.peek(path)!.length > 0;
      const whole = new Set(left.paths().filter(isWhole));
      const lost = ackedMs.find((_, at) => !whole.has(`${directory}${at + 1}.committed`));
      if (lost !== undefined) lossMs = Math.max(lossMs, time.monotonicMs() - lost);
    }
  }
  await time.advance(60_000);
  await storing;
  return { stored: ackedMs.length, lossMs };
}

for (
  const { fsyncMs, endpoints, storedMin } of [
    { fsyncMs: 1, endpoints: 1, storedMin: 990 },
    { fsyncMs: 40, endpoints: 1, storedMin: 350 },
    { fsyncMs: 40, endpoints: 3, storedMin: 350 },
    { fsyncMs: 700, endpoints: 2, storedMin: 5 },
    { fsyncMs: 3000, endpoints: 1, storedMin: 1 },
  ]
) {
  const name = `${fsyncMs} ms an fsync, ${endpoints} endpoints`;
  test(`interval: at most it and one fsync are lost: ${name}`, async (t) => {
    const platform = new MemoryPlatform();
    slow(platform, fsyncMs);
    const syncScheduler = new SyncScheduler(platform.clock);
    const opening = Array.from(
      { length: endpoints },
      (_, at) =>
        openFileQueue(platform, {
          directory: `/data/${at}`,
          rules: { sync: "interval" },
          syncScheduler,
        }),
    );
    await platform.time.advance(60_000);
    const stores = (await Promise.all(opening)).map(({ queue }) => queue);
    const { stored, lossMs } = await worstLossMs(platform, { stores, forMs: 5000 + 2 * fsyncMs });
    t.diagnostic(`${stored} batches; at worst the last ${lossMs} ms are lost`);
    const boundMs = 1000 + fsyncMs;
    assert.ok(lossMs <= boundMs, `${lossMs} ms of what was acknowledged, expected ${boundMs}`);
    assert.ok(lossMs >= 600, "what is sent soon needs no fsync");
    assert.ok(stored >= storedMin, `${stored} batches, expected ${storedMin}`);
  });
}

test("a level that changes between staging and storing holds for the batch", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "none" });
  const staged = await queue.stage({ batch });
  queue.configure(RULES);
  await staged.commit();
  assert.equal(await leftAfter(platform, "worst"), 2);
});

test("a staged batch that is discarded leaves nothing", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, {});
  const staged = await queue.stage({ batch });
  const [draft, ...others] = await listDirectory(platform.files, `${DIRECTORY}/wal`);
  assert.match(draft!.name, /^[0-9]+\.committed\.tmp$/);
  assert.deepEqual(others, []);
  await staged.discard();
  assert.deepEqual(await listDirectory(platform.files, `${DIRECTORY}/wal`), []);
  assert.equal(queue.totals().batches, 0);
});

test("a staged batch that could not be committed is discarded like any other", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, {});
  const staged = await queue.stage({ batch });
  platform.files.fault = (_step, path) => path.endsWith(".reserved") ? "io" : undefined;
  await assert.rejects(staged.commit(), FileSystemError);
  platform.files.fault = undefined;
  await staged.discard();
  assert.deepEqual(await listDirectory(platform.files, `${DIRECTORY}/wal`), []);
});

/** A step of the disk that waits until it is told how it ends. */
function held(): {
  wait: Promise<FileErrorCode | undefined>;
  end: (code?: FileErrorCode) => void;
} {
  let end: (code?: FileErrorCode) => void = () => {};
  const wait = new Promise<FileErrorCode | undefined>((resolve) => end = resolve);
  return { wait, end };
}

test("interval: a disk that failed once takes batches again, also when what it failed with is sent by then", async () => {
  const { platform, queue } = await storeOne();
  platform.files.fault = (step) => step === "sync" ? "io" : undefined;
  await platform.time.advance(1000);
  await queue.ack((await queue.next(never))!.id);
  platform.files.fault = undefined;
  await platform.time.advance(60_000);
  await queue.append({ batch });
  await queue.close();
});

test("interval: while one endpoint's files cannot be synced, and there is no room behind them, another one's are refused", async () => {
  const platform = new MemoryPlatform();
  const syncScheduler = new SyncScheduler(platform.clock);
  const rules = { sync: "interval" } as const;
  const one = await openFileQueue(platform, { directory: DIRECTORY, rules, syncScheduler });
  const two = await openFileQueue(platform, { directory: "/data/two", rules, syncScheduler });
  // So slow that a few that wait leave no room.
  let isFailing = false;
  platform.files.fault = (step, path) => {
    if (!step.startsWith("sync")) return undefined;
    const isOne = path.startsWith(DIRECTORY);
    return new Promise((resolve) =>
      void platform.time.after(300, () => resolve(isFailing && isOne ? "io" : undefined))
    );
  };
  const storing = (queue: typeof one.queue): Promise<string> => {
    const stored = queue.append({ batch: fakeBatch(1) });
    return stored.then(() => "stored", (error: Error) => error.message);
  };
  const first = storing(one.queue);
  await platform.time.advance(5_000);
  assert.equal(await first, "stored");
  isFailing = true;
  for (let count = 0; count < 4; count++) {
    void storing(one.queue);
    await platform.time.advance(100);
  }
  await platform.time.advance(10_000);
  const outcomes: string[] = [];
  for (let count = 0; count < 40; count++) {
    void storing(two.queue).then((outcome) => outcomes.push(outcome));
    await platform.time.advance(777);
  }
  await platform.time.advance(5_000);
  assert.equal(outcomes.length, 40, "each has an outcome");
  assert.ok(outcomes.includes("files of other endpoints cannot be synced"), outcomes.join());
  isFailing = false;
  await platform.time.advance(30_000);
  const last = storing(two.queue);
  await platform.time.advance(5_000);
  assert.equal(await last, "stored");
});

test("interval: a directory that was removed before its files were synced is made anew", async () => {
  const { platform, queue } = await storeOne();
  platform.files.removeDirectory(DIRECTORY);
  const two = await open(platform, { sync: "interval" }, "/data/two");
  await two.queue.append({ batch });
  platform.files.removeDirectory("/data/two");
  await platform.time.advance(5000);
  const storable = { batch };
  await queue.append(storable);
  await two.queue.append(storable);
  await queue.close();
  await two.queue.close();
  const after = platform.crash("worst");
  for (const directory of [DIRECTORY, "/data/two"]) {
    const again = await openFileQueue(after, { directory });
    assert.equal(again.queue.totals().signals, 2, directory);
  }
});

test("interval: a file that comes while a slow sync goes on is synced after it", async () => {
  const { platform, queue } = await storeOne({ syncIntervalMs: 1000 });
  const slow = held();
  platform.files.fault = (step) => step === "sync" ? slow.wait : undefined;
  await platform.time.advance(1000);
  await queue.append({ batch });
  // Its turn comes while the first one is under way.
  await platform.time.advance(1500);
  platform.files.fault = undefined;
  slow.end();
  await platform.time.advance(10_000);
  assert.equal(await leftAfter(platform, "worst"), 4);
});

test("interval: a batch that is acked while its file is written anew does not come back", async () => {
  const { platform, queue } = await storeOne();
  platform.files.fault = (step) => step === "sync" ? "io" : undefined;
  await platform.time.advance(1000);
  const renaming = held();
  platform.files.fault = (step) => step === "rename" ? renaming.wait : undefined;
  await platform.time.advance(1000);
  await queue.ack((await queue.next(never))!.id);
  renaming.end();
  await platform.time.settle();
  assert.deepEqual(await listDirectory(platform.files, `${DIRECTORY}/wal`), []);
  await queue.close();
});

test("interval: of two fsyncs of one file at once the one that fails counts", async () => {
  for (const failing of [0, 1]) {
    const platform = new MemoryPlatform();
    const one = await open(platform, { sync: "interval" });
    const two = await open(platform, { sync: "interval" }, "/data/two");
    const storable = { batch };
    await one.queue.append(storable);
    await two.queue.append(storable);
    const ends = [held(), held()];
    let syncs = 0;
    platform.files.fault = (step) => step === "sync" ? ends[syncs++]?.wait : undefined;
    await platform.time.advance(1000);
    ends[failing]!.end("io");
    await platform.time.settle();
    ends[1 - failing]!.end();
    await platform.time.advance(5000);
    const after = platform.crash("worst");
    for (const directory of [DIRECTORY, "/data/two"]) {
      const { queue } = await openFileQueue(after, { directory });
      assert.equal(
        (await queue.next(AbortSignal.timeout(0)))?.signals,
        2,
        `${failing} ${directory}`,
      );
    }
  }
});

test("a level that changes while a batch is renamed does not leave it unsynced", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "interval" });
  const renaming = held();
  platform.files.fault = (step) => step === "rename" ? renaming.wait : undefined;
  const appended = queue.append({ batch });
  await platform.time.settle();
  queue.configure(RULES);
  renaming.end();
  await appended;
  await platform.time.advance(10_000);
  assert.equal(await leftAfter(platform, "worst"), 2);
});

test("interval: a batch that is dropped by the limit while its file is written anew does not come back", async () => {
  const platform = new MemoryPlatform();
  const { queue } = await open(platform, { sync: "interval" });
  for (let each = 0; each < 2; each++) await queue.append({ batch });
  platform.files.fault = (step) => step === "sync" ? "io" : undefined;
  await platform.time.advance(1000);
  const writing = held();
  platform.files.fault = (step) => step === "create" ? writing.wait : undefined;
  await platform.time.advance(1000);
  platform.files.fault = undefined;
  queue.configure({ ...RULES, sync: "interval", maxDiskBytes: 1 });
  await platform.time.settle();
  writing.end();
  await platform.time.advance(5000);
  assert.deepEqual(await listDirectory(platform.files, `${DIRECTORY}/wal`), [
    { name: "2.committed", kind: "file" },
  ]);
  await queue.close();
});

test("interval: a close does not give up at the first failure", async () => {
  const { platform, queue } = await storeOne();
  let failures = 2;
  platform.files.fault = (step) => step === "sync" && failures-- > 0 ? "io" : undefined;
  await queue.close();
  assert.equal(platform.time.timers, 0);
  assert.equal(await leftAfter(platform, "worst"), 2);
});

test("interval: a name that was to be synced and is gone leaves no timer behind at a close", async () => {
  const { platform, queue } = await storeOne({ syncIntervalMs: 1000 });
  const slow = held();
  platform.files.fault = (step) => step === "sync_directory" ? slow.wait : undefined;
  // The name of the first batch is being synced, and that of the second one is to be next.
  await platform.time.advance(1000);
  const id = await queue.append({ batch });
  await queue.next(never);
  const lease = await queue.next(never);
  assert.equal(lease?.id, id);
  await queue.ack(id);
  slow.end();
  await platform.time.settle();
  await queue.close();
  assert.equal(platform.time.timers, 0);
});
