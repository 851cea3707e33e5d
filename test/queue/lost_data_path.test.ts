/** Somebody removes the lock, or the data path, under a queue that is at work. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Platform } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { LOCK_NAME } from "../../src/filequeue/lock_file.ts";
import { makeAnswer, MemoryProcessTable } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { Rig } from "./support.ts";

const LOCK = `/data/${LOCK_NAME}`;
/** By then it has looked. */
const A_LOOK_MS = 1500;

/** Another process of the same host. */
function otherProcess({ platform }: Rig): Platform {
  const { pid, marks } = platform.processes;
  const processes = new MemoryProcessTable(pid + 1000);
  for (const [other, mark] of marks) processes.marks.set(other, mark);
  return { ...platform, processes };
}

async function openSecond(rig: Rig): Promise<Queue> {
  return await rig.wait(Queue.open(rig.options, { platform: otherProcess(rig) }));
}

/** The lock and all that tells of its owner: `rm walq.*`. */
function removeAll({ platform: { files, livenessSockets } }: Rig): void {
  const own = /^\/data\/walq\.[^/]*$/;
  for (const path of files.paths()) if (own.test(path)) files.removeFile(path);
  livenessSockets.paths.clear();
}

async function backlog(): Promise<Rig> {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  return rig;
}

function isLost(error: unknown): boolean {
  return error instanceof WalqError && error.code === "STORAGE" && error.retryable &&
    /data path/.test(error.message);
}

test("a lock that was removed is put back, nobody gets in meanwhile, and nothing is lost", async () => {
  const rig = await backlog();
  rig.platform.files.removeFile(LOCK);
  await assert.rejects(openSecond(rig), { code: "LOCKED", message: /does not say so/ });
  await rig.put("a", 5);
  await rig.platform.time.advance(A_LOOK_MS);
  assert.notEqual(rig.platform.files.peek(LOCK), undefined);
  assert.ok(rig.logger.lines.some((line) => line.includes("it is put back")));
  assert.equal(rig.queue.stats().dataPathLost, undefined);
  await assert.rejects(openSecond(rig), { code: "LOCKED" });
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  await rig.wait(rig.queue.close());
  assert.deepEqual(rig.platform.files.paths(), ["/data/one/1000.reserved", "/data/walq.ballast"]);
});

test("who has lost all that tells of it to another takes, sends and deletes nothing, for good", async () => {
  const rig = await backlog();
  removeAll(rig);
  const second = await openSecond(rig);
  await rig.platform.time.advance(A_LOOK_MS);
  assert.match(rig.queue.stats().dataPathLost!, /process 1001 \(memory\) has taken the data path/);
  await assert.rejects(rig.put("a", 99), isLost);
  const sent = rig.one.arrivals.length;
  await rig.platform.time.advance(60_000);
  const files = await rig.files();
  // What the second one sends is all that is sent, and once.
  rig.one.answer = () => makeAnswer(204);
  await rig.platform.time.advance(600_000);
  assert.equal(files.length, 5);
  assert.deepEqual(await rig.files(), []);
  assert.equal(sent, 0);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  await rig.wait(second.close());
  await rig.platform.time.advance(A_LOOK_MS);
  assert.equal(rig.platform.files.peek(LOCK), undefined);
  await assert.rejects(rig.put("a", 99), isLost);
  await rig.wait(rig.queue.close());
  const next = await new Rig().open();
  await next.put("a", 6);
  await next.queue.close();
});

test("two that write at the same moment, before the first has looked, lose nothing", async () => {
  const rig = await backlog();
  removeAll(rig);
  // Both go on from the files that are there: with the same ids.
  rig.platform.files.removeFile("/data/one/1000.reserved");
  const options = { ...rig.options, endpoints: [{ name: "one", url: "http://nowhere/write" }] };
  const second = new Rig(options, ["nowhere"]);
  second.platform = Object.assign(second.platform, otherProcess(rig), {
    http: second.platform.http,
    time: rig.platform.time,
  });
  await second.open();
  second.endpoints["nowhere"]!.answer = () => makeAnswer(503);
  const acked: number[] = [];
  const puts: Promise<void>[] = [];
  for (let value = 1000; value < 1010; value++) {
    puts.push(rig.put("a", value).then(() => void acked.push(value), () => {}));
    puts.push(second.put("b", value).then(() => void acked.push(value), () => {}));
    await rig.platform.time.advance(25);
  }
  await Promise.all(puts);
  // The first one is told when it comes to an id of the second.
  assert.ok(acked.length >= 10 && acked.length < 20, `${acked.length}`);
  await rig.crash();
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  const arrived = new Set([...rig.one.valuesOf("__name__=a"), ...rig.one.valuesOf("__name__=b")]);
  for (const value of acked) assert.ok(arrived.has(value), `${value}`);
  for (let value = 0; value < 5; value++) assert.ok(arrived.has(value), `${value}`);
});

test("what no living process has put in the place of the lock is replaced", async () => {
  const dead = JSON.stringify({ pid: 77, mark: "boot:123", nonce: "dead", runtime: "bun" });
  for (const text of ["somebody's", dead, ""]) {
    const rig = await backlog();
    const own = rig.platform.files.peek(LOCK);
    rig.platform.files.plant(LOCK, new TextEncoder().encode(text));
    await rig.platform.time.advance(A_LOOK_MS);
    assert.deepEqual(rig.platform.files.peek(LOCK), own);
    assert.equal(rig.queue.stats().dataPathLost, undefined);
    assert.doesNotMatch(rig.logger.lines.join("\n"), /undefined|is lost/);
    await rig.put("a", 5);
    await rig.wait(rig.queue.close());
  }
});

test("a lock that another has only touched is put back", async () => {
  const rig = await backlog();
  rig.platform.processes.marks.set(77, "boot:123");
  const other = JSON.stringify({ pid: 77, mark: "boot:123", nonce: "other", runtime: "bun" });
  rig.platform.files.plant(LOCK, new TextEncoder().encode(other));
  await rig.platform.time.advance(1000);
  assert.match(rig.queue.stats().dataPathLost!, /has taken the data path/);
  rig.platform.files.removeFile(LOCK);
  await rig.platform.time.advance(A_LOOK_MS);
  assert.equal(rig.queue.stats().dataPathLost, undefined);
  rig.one.answer = () => makeAnswer(204);
  await rig.put("a", 5);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  rig.checkSum();
  await rig.wait(rig.queue.close());
});

test("a data path that was removed is told as that, and its lock is not made anew", async () => {
  const rig = await backlog();
  rig.platform.files.removeDirectory("/data");
  await rig.platform.time.advance(A_LOOK_MS);
  assert.match(
    rig.queue.stats().dataPathLost!,
    /the data path "\/data" is gone: somebody removed it/,
  );
  assert.ok(
    rig.logger.lines.some((line) => /^error the data path is lost .*\/data.* is gone/.test(line)),
  );
  await assert.rejects(rig.put("a", 5), isLost);
  // As a disk that is gone leaves the directory at which it was.
  await rig.platform.files.makeDirectory("/data");
  await rig.platform.time.advance(A_LOOK_MS);
  assert.match(rig.queue.stats().dataPathLost!, /the lock of the data path "\/data" is gone/);
  await assert.rejects(rig.put("a", 5), isLost);
  assert.deepEqual(rig.platform.files.paths(), []);
  await assert.rejects(
    rig.wait(rig.queue.close({ graceMs: 1000 })).then(() => {
      throw new Error("closed");
    }),
    /closed/,
  );
  assert.deepEqual(rig.platform.files.paths(), []);
});

test("a disk that was gone and is back is gone on with", async () => {
  const rig = await backlog();
  const { files } = rig.platform;
  const kept = files.paths().map((path) => [path, files.peek(path)!] as const);
  files.removeDirectory("/data");
  await rig.platform.time.advance(60_000);
  await assert.rejects(rig.put("a", 5), isLost);
  for (const [path, bytes] of kept) files.plant(path, bytes);
  await rig.platform.time.advance(A_LOOK_MS);
  assert.equal(rig.queue.stats().dataPathLost, undefined);
  rig.one.answer = () => makeAnswer(204);
  await rig.platform.time.advance(60_000);
  await rig.put("a", 6);
  await rig.drain();
  assert.deepEqual(new Set(rig.one.valuesOf("__name__=a")), new Set([0, 1, 2, 3, 4, 6]));
  rig.checkSum();
  await rig.wait(rig.queue.close());
});

test("on a disk without links all is the same: what was removed is put back, and nothing is lost", async () => {
  const rig = new Rig();
  rig.platform.files.fault = (step) => step === "link" ? "link_unsupported" : undefined;
  rig.platform.livenessSockets.listen = () => Promise.resolve(undefined);
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  for (let value = 0; value < 3; value++) await rig.put("a", value);
  rig.platform.files.removeFile(LOCK);
  await assert.rejects(openSecond(rig), { code: "LOCKED" });
  await rig.platform.time.advance(A_LOOK_MS);
  await assert.rejects(openSecond(rig), { code: "LOCKED" });
  await rig.put("a", 3);
  await rig.crash();
  rig.one.answer = () => makeAnswer(204);
  await rig.put("a", 4);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  await rig.wait(rig.queue.close());
  assert.deepEqual(rig.platform.files.paths(), ["/data/one/2000.reserved", "/data/walq.ballast"]);
});

test("any number of foreign files is one line, and none of them is touched", async () => {
  const rig = new Rig();
  const foreign = Array.from({ length: 5000 }, (_, index) => `foreign-${index}.txt`);
  for (const directory of ["/data", "/data/one", "/data/one/wal", "/data/one/quarantine"]) {
    for (const name of foreign) {
      await rig.platform.files.makeDirectory(directory);
      await rig.platform.files.write(`${directory}/${name}`, []);
    }
  }
  await rig.open();
  const lines = rig.logger.lines.filter((line) => line.includes("not queue files"));
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /wal\/foreign-0\.txt","files":5000/);
  assert.equal(rig.logger.lines.length, 1, rig.logger.lines.join("\n"));
  await rig.put("a", 0);
  await rig.drain();
  await rig.queue.close();
  const left = rig.platform.files.paths().filter((path) => path.includes("foreign-"));
  assert.equal(left.length, 20_000);
});

test("a data path that may not be used says what to do", async () => {
  const rig = new Rig();
  rig.platform.files.fault = (step) => step === "make_directory" ? "not_permitted" : undefined;
  await assert.rejects(rig.open(), { code: "STORAGE", message: /not_permitted.*chown -R/ });
});

test("a disk that cannot be read for a moment loses nothing", async () => {
  const rig = await backlog();
  rig.platform.files.fault = (step, path) => step === "read" && path === LOCK ? "io" : undefined;
  await rig.platform.time.advance(10_000);
  assert.equal(rig.queue.stats().dataPathLost, undefined);
  await rig.put("a", 5);
  await rig.wait(rig.queue.close());
});
