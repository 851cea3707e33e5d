import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Platform } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { type DataPathLock, lockDataPath } from "../../src/filequeue/lock.ts";
import { LOCK_NAME } from "../../src/filequeue/lock_file.ts";
import { MemoryPlatform, MemoryProcessTable } from "../../src/testing/memory.ts";
import { listLivenessSockets } from "../support/list_liveness_sockets.ts";

const PATH = "/data";

async function host(): Promise<MemoryPlatform> {
  const platform = new MemoryPlatform();
  await platform.files.makeDirectory(PATH);
  return platform;
}

async function putLock(platform: MemoryPlatform, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content);
  await platform.files.writeAndSync(`${PATH}/${LOCK_NAME}`, [bytes]);
}

/** The lock and what one owner has beside it are there, and nothing else. */
async function assertOneOwner({ files }: MemoryPlatform): Promise<void> {
  const names = (await listDirectory(files, PATH)).map(({ name }) => name).sort();
  assert.equal(names.length, 2, names.join());
  assert.match(names[0]!, /^walq\.[0-9a-z]+\.owner$/);
  assert.equal(names[1], LOCK_NAME);
}

const isLocked = (error: unknown): boolean => error instanceof WalqError && error.code === "LOCKED";

test("one owner at a time; after release the next", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await lock.release();
  const next = await lockDataPath(PATH, platform);
  await next.release();
  assert.deepEqual(await listDirectory(platform.files, PATH), []);
});

test("a living process of another runtime keeps us out, by name", async () => {
  const platform = await host();
  platform.processes.marks.set(77, "boot:123");
  await putLock(platform, JSON.stringify({ pid: 77, mark: "boot:123", runtime: "deno" }));
  await assert.rejects(lockDataPath(PATH, platform), /process 77 \(deno\) owns it/);
  assert.equal((await listDirectory(platform.files, PATH)).length, 1);
});

test("the lock of a dead process is taken over, and so is that of a reused process id", async () => {
  for (const mark of [undefined, "boot:999"]) {
    const platform = await host();
    if (mark !== undefined) platform.processes.marks.set(77, mark);
    await putLock(platform, JSON.stringify({ pid: 77, mark: "boot:123", runtime: "bun" }));
    const lock = await lockDataPath(PATH, platform);
    await assertOneOwner(platform);
    await lock.release();
  }
});

test("a host that tells no mark is given the benefit of the doubt", async () => {
  const platform = await host();
  platform.processes.marks.set(77, "unknown");
  await putLock(platform, JSON.stringify({ pid: 77, mark: "boot:123", runtime: "bun" }));
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
});

test("a lock that cannot be read is stale: living owners leave whole ones", async () => {
  for (const content of ["", "{", "[]", '{"pid":"x"}', '{"pid":-1,"mark":"a"}', "null"]) {
    const platform = await host();
    await putLock(platform, content);
    await (await lockDataPath(PATH, platform)).release();
  }
});

test("a name that leads nowhere, as a broken link, is no owner and no endless loop", async () => {
  const platform = await host();
  await putLock(platform, "{}");
  let isThere = true;
  platform.files.fault = (step, path) => {
    if (step === "rename") isThere = false;
    return step === "read" && path.endsWith(LOCK_NAME) && isThere ? "not_found" : undefined;
  };
  await (await lockDataPath(PATH, platform)).release();
});

test("of many that race for a stale lock one gets it", async () => {
  const platform = await host();
  await putLock(platform, JSON.stringify({ pid: 77, mark: "gone", runtime: "node" }));
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, () => lockDataPath(PATH, platform)),
  );
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
  await assertOneOwner(platform);
});

test("without hard links it works all the same", async () => {
  const platform = await host();
  platform.files.fault = (step) => step === "link" ? "link_unsupported" : undefined;
  const lock = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await lock.release();
});

test("a lock that the disk would not remove does not lock this process out", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  await assert.rejects(lock.release());
  platform.files.fault = undefined;
  const next = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await next.release();
});

test("a draft that the disk would not remove does not keep the lock from being taken", async () => {
  const platform = await host();
  platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  const lock = await lockDataPath(PATH, platform);
  platform.files.fault = undefined;
  // Before the next look it is not seen that this is an owner.
  assert.equal(await lock.isHeld(), true);
  await assertOneOwner(platform);
  await lock.release();
});

test("who cannot read whether there is an owner is none", async () => {
  const platform = await host();
  await lockDataPath(PATH, platform);
  platform.files.removeFile(`${PATH}/${LOCK_NAME}`);
  platform.files.fault = (step, path) =>
    step === "read" && path.endsWith(".owner") ? "io" : undefined;
  await assert.rejects(lockDataPath(PATH, neighbour(platform)), { code: "io" });
  assert.equal(lockName(platform), undefined);
});

/** Another container on the same directory: the same files and sockets, and process ids of its own. */
function neighbour(platform: MemoryPlatform): Platform {
  const processes = new MemoryProcessTable(platform.processes.pid);
  processes.marks.set(processes.pid, "memory:other");
  return { ...platform, processes };
}

test("two containers on one data path keep each other out, though both are process 1", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, neighbour(platform)), isLocked);
  await lock.release();
  await (await lockDataPath(PATH, neighbour(platform))).release();
});

test("a container that was killed leaves a lock that another takes over, and no socket", async () => {
  const before = await host();
  await lockDataPath(PATH, before);
  const after = before.crash("all");
  const lock = await lockDataPath(PATH, neighbour(after));
  assert.equal(after.livenessSockets.paths.size, 1);
  await lock.release();
  assert.equal(after.livenessSockets.paths.size, 0);
});

test("a refused owner leaves no socket behind", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  assert.equal(platform.livenessSockets.paths.size, 1);
  await lock.release();
});

test("where sockets cannot be told, process ids and marks decide", async () => {
  const platform = await host();
  platform.livenessSockets.isListening = () => Promise.resolve(undefined);
  const lock = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await lock.release();
  platform.livenessSockets.listen = () => Promise.resolve(undefined);
  const other = await lockDataPath(PATH, platform);
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await other.release();
});

test("a lock whose socket is no name in the data path is nobody's, and nothing is removed for it", async () => {
  const platform = await host();
  await platform.files.writeAndSync(`${PATH}/keep`, [Uint8Array.of(1)]);
  for (const door of ["../keep", "keep", 5, "walq..door", "walq.a/b.door"]) {
    platform.processes.marks.set(77, "m");
    await putLock(platform, JSON.stringify({ pid: 77, mark: "m", runtime: "node", door }));
    await (await lockDataPath(PATH, platform)).release();
  }
  assert.deepEqual((await listDirectory(platform.files, PATH)).map(({ name }) => name), ["keep"]);
});

test("a socket whose name was removed tells nothing: process ids and marks decide", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  platform.livenessSockets.paths.clear();
  await assert.rejects(lockDataPath(PATH, platform), isLocked);
  await lock.release();
  platform.processes.marks.set(77, "boot:123");
  const owner = { pid: 77, mark: "boot:123", nonce: "a", runtime: "deno", door: "walq.a.door" };
  await putLock(platform, JSON.stringify(owner));
  await assert.rejects(lockDataPath(PATH, platform), /process 77 \(deno\) owns it/);
});

test("a socket that is there and shut is a dead process's, whoever has its id now", async () => {
  const platform = await host();
  const door = "walq.a.door";
  platform.processes.marks.set(77, "boot:123");
  await putLock(platform, JSON.stringify({ pid: 77, mark: "boot:123", runtime: "bun", door }));
  const { files } = platform;
  const visit = files.visit.bind(files);
  files.visit = async (path, take) => {
    await visit(path, take);
    take({ name: door, kind: "other" });
  };
  await (await lockDataPath(PATH, platform)).release();
});

test("what an owner killed in the middle of a takeover leaves is taken over with the lock", async () => {
  const platform = await host();
  const put = (name: string, owner: object): Promise<void> =>
    platform.files.writeAndSync(`${PATH}/${name}`, [
      new TextEncoder().encode(JSON.stringify({ mark: "gone", runtime: "bun", ...owner })),
    ]);
  await put(LOCK_NAME, { pid: 77, nonce: "a" });
  await put(`${LOCK_NAME}.after.a`, { pid: 78, nonce: "b" });
  await put(`${LOCK_NAME}.after.b`, { pid: 79, nonce: "c" });
  platform.processes.marks.set(79, "gone");
  await assert.rejects(lockDataPath(PATH, platform), /process 79 \(bun\) owns it/);
  platform.processes.marks.delete(79);
  const lock = await lockDataPath(PATH, platform);
  await assertOneOwner(platform);
  await lock.release();
});

test("claims that go round in a circle, or out of the data path, keep nobody out", async () => {
  for (const [first, second] of [["a", "a"], ["../b", "/"], ["", "A"], ["a", "../a"]]) {
    const platform = await host();
    const lockOf = (nonce: string): string =>
      JSON.stringify({ pid: 77, mark: "gone", nonce, runtime: "bun" });
    await putLock(platform, lockOf(first!));
    for (const name of ["a", "-"]) {
      const bytes = new TextEncoder().encode(lockOf(second!));
      await platform.files.writeAndSync(`${PATH}/${LOCK_NAME}.after.${name}`, [bytes]);
    }
    await (await lockDataPath(PATH, platform)).release();
  }
});

test("release leaves a lock alone that is not its own", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  await platform.files.remove(`${PATH}/${LOCK_NAME}`);
  await putLock(platform, "somebody's");
  await lock.release();
  assert.deepEqual((await listDirectory(platform.files, PATH)).map(({ name }) => name), [
    LOCK_NAME,
  ]);
});

test("who fails to take a stale lock over leaves it to others as it was", async () => {
  for (const step of ["link", "rename"] as const) {
    const platform = await host();
    await putLock(platform, JSON.stringify({ pid: 77, mark: "gone", nonce: "a", runtime: "bun" }));
    platform.files.fault = (at) => at === step ? "io" : undefined;
    await assert.rejects(lockDataPath(PATH, platform), /io/i);
    platform.files.fault = undefined;
    assert.deepEqual((await listDirectory(platform.files, PATH)).map(({ name }) => name), [
      LOCK_NAME,
    ]);
    await (await lockDataPath(PATH, neighbour(platform))).release();
  }
});

function lockName(platform: MemoryPlatform): string | undefined {
  return platform.files.paths().find((path) => path === `${PATH}/${LOCK_NAME}`);
}

test("an owner whose lock somebody removed is an owner, by name, and its lock is left free for it", async () => {
  for (const without of ["nothing", "sockets", "links"]) {
    const platform = await host();
    if (without === "sockets") platform.livenessSockets.listen = () => Promise.resolve(undefined);
    platform.files.fault = (step) =>
      step === "link" && without === "links" ? "link_unsupported" : undefined;
    const lock = await lockDataPath(PATH, platform);
    platform.files.removeFile(`${PATH}/${LOCK_NAME}`);
    const second = without === "sockets" ? platform : neighbour(platform);
    // In a test all processes are this one.
    const message = /has it open already, although "walq.lock" does not say so; close/;
    await assert.rejects(lockDataPath(PATH, second), { code: "LOCKED", message });
    assert.equal(lockName(platform), undefined);
    assert.deepEqual(await lock.look(), { is: "gone" });
    assert.equal(await lock.putBack(), true);
    assert.equal(await lock.isHeld(), true);
    await assert.rejects(lockDataPath(PATH, second), /has it open already; close/);
    await lock.release();
    await (await lockDataPath(PATH, second)).release();
    assert.deepEqual(await listDirectory(platform.files, PATH), []);
  }
});

test("an open socket is an owner's by itself", async () => {
  const platform = await host();
  listLivenessSockets(platform);
  const lock = await lockDataPath(PATH, platform);
  for (const path of platform.files.paths()) platform.files.removeFile(path);
  await assert.rejects(
    lockDataPath(PATH, neighbour(platform)),
    /although "walq.lock" does not say so/,
  );
  assert.equal(await lock.putBack(), false);
  await lock.release();
  await (await lockDataPath(PATH, platform)).release();
});

test("who comes in the middle of a release gets the lock when it is free", async () => {
  const platform = await host();
  listLivenessSockets(platform);
  const lock = await lockDataPath(PATH, platform);
  let next: Promise<DataPathLock> | undefined;
  const [door] = platform.livenessSockets.paths;
  const remove = platform.files.remove.bind(platform.files);
  platform.files.remove = async (path) => {
    await remove(path);
    if (path !== `${PATH}/${LOCK_NAME}`) return;
    platform.files.remove = remove;
    assert.ok(platform.livenessSockets.paths.has(door!));
    next = lockDataPath(PATH, neighbour(platform));
    await next;
  };
  await lock.release();
  assert.equal(await (await next!).isHeld(), true);
});

test("an owner of another process is named", async () => {
  const platform = await host();
  const owner = { pid: 77, mark: "boot:123", nonce: "a", runtime: "deno" };
  platform.files.plant(`${PATH}/walq.a.owner`, new TextEncoder().encode(JSON.stringify(owner)));
  platform.processes.marks.set(77, "boot:123");
  const message = /process 77 \(deno\) owns it, although "walq.lock" does not say so; stop that/;
  await assert.rejects(lockDataPath(PATH, platform), message);
  listLivenessSockets(platform);
  platform.files.removeFile(`${PATH}/walq.a.owner`);
  platform.livenessSockets.paths.add(`${PATH}/walq.b.door`);
  await assert.rejects(lockDataPath(PATH, platform), /process that listens at "walq.b.door" owns/);
});

test("what killed processes have left is cleared at the next start, and nothing else", async () => {
  const platform = await host();
  listLivenessSockets(platform);
  const { files, livenessSockets, processes } = platform;
  const put = (name: string, text: string): void =>
    files.plant(`${PATH}/${name}`, new TextEncoder().encode(text));
  const ownerOf = (pid: number, nonce: string): string =>
    JSON.stringify({ pid, mark: `boot:${pid}`, nonce, runtime: "bun", door: `walq.${nonce}.door` });
  processes.marks.set(80, "boot:80");
  const dead = [
    ["walq.lock.77.a", ownerOf(77, "a")],
    ["walq.lock.78.b", "half-writ"],
    ["walq.lock.after.c", ownerOf(79, "d")],
    ["walq.lock.after.-", ""],
    ["walq.e.owner", ownerOf(77, "e")],
    ["walq.f.owner", "rubbish"],
  ];
  const living = [
    ["walq.lock.80.g", ownerOf(80, "g")],
    ["walq.g.owner", ownerOf(80, "g")],
    ["walq.lock.80.h", "half-writ"],
  ];
  const foreign = [
    ["walq.lock.bak", ""],
    ["walq.lock.80.h.old", ""],
    ["walq.i.door", "no door but a file"],
    ["notes.owner", ""],
  ];
  for (const [name, text] of [...dead, ...living, ...foreign]) put(name!, text!);
  const lock = await lockDataPath(PATH, platform);
  await lock.release();
  const left = (await listDirectory(files, PATH)).map(({ name }) => name).sort();
  assert.deepEqual(left, [...living, ...foreign].map(([name]) => name).sort());
  assert.equal(livenessSockets.paths.size, 0);
});

test("a shut socket is cleared, one that may be open is not", async () => {
  const platform = await host();
  listLivenessSockets(platform);
  const removed: string[] = [];
  const isOpen = new Map<string, boolean | undefined>([["shut", false], ["unknown", undefined]]);
  for (const nonce of isOpen.keys()) {
    platform.livenessSockets.paths.add(`${PATH}/walq.${nonce}.door`);
  }
  platform.livenessSockets.isListening = (path) =>
    Promise.resolve(isOpen.get(/walq\.(.*)\.door/.exec(path)![1]!));
  const remove = platform.files.remove.bind(platform.files);
  platform.files.remove = (path) => {
    if (path.endsWith(".door")) removed.push(path);
    return path.endsWith(".door") ? Promise.resolve() : remove(path);
  };
  await lockDataPath(PATH, platform);
  assert.deepEqual(removed, [`${PATH}/walq.shut.door`]);
});

test("a draft that an owner has taken for a dead process's is written again", async () => {
  const platform = await host();
  const link = platform.files.link.bind(platform.files);
  platform.files.link = async (from, to) => {
    if (to === `${PATH}/${LOCK_NAME}`) {
      platform.files.link = link;
      for (const path of platform.files.paths()) platform.files.removeFile(path);
    }
    await link(from, to);
  };
  const lock = await lockDataPath(PATH, platform);
  await assertOneOwner(platform);
  await lock.release();
});

test("a lock is not put back where another has it, or where the directory is another one", async () => {
  const platform = await host();
  const lock = await lockDataPath(PATH, platform);
  platform.files.removeFile(`${PATH}/${LOCK_NAME}`);
  platform.processes.marks.set(77, "boot:123");
  await putLock(platform, JSON.stringify({ pid: 77, mark: "boot:123", runtime: "deno" }));
  assert.equal((await lock.look()).is, "taken");
  assert.equal(await lock.putBack(), false);
  platform.files.removeDirectory(PATH);
  await platform.files.makeDirectory(PATH);
  assert.deepEqual(await lock.look(), { is: "gone" });
  assert.equal(await lock.putBack(), false);
  assert.equal(lockName(platform), undefined);
  platform.files.fault = (step) => step === "read" ? "io" : undefined;
  assert.deepEqual(await lock.look(), { is: "unclear" });
});

for (const refused of ["link", "write"] as const) {
  test(`an owner that the disk would not let sign does so when it can: ${refused}`, async () => {
    const platform = await host();
    const { files } = platform;
    let links = 0;
    files.fault = (step, path) => {
      // The first link is this one.
      if (step === "link" && links++ === 0) return refused === "link" ? "io" : "link_unsupported";
      return step === refused && path.endsWith(".owner") ? "no_space" : undefined;
    };
    const lock = await lockDataPath(PATH, platform);
    assert.deepEqual(files.paths(), [`${PATH}/${LOCK_NAME}`]);
    assert.deepEqual(await lock.look(), { is: "held" });
    files.fault = undefined;
    assert.deepEqual(await lock.look(), { is: "held" });
    await assertOneOwner(platform);
    files.removeFile(`${PATH}/${LOCK_NAME}`);
    assert.equal(await lock.putBack(), true);
    await assertOneOwner(platform);
    await lock.release();
    assert.deepEqual(files.paths(), []);
  });
}
