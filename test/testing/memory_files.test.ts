import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileErrorCode } from "../../src/errors.ts";
import { type FileStep, MemoryFileSystem, seededRandom } from "../../src/testing/memory.ts";
import { fileSystemContract } from "../contract/file_system.contract.ts";

fileSystemContract("memory", async () => {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/data");
  return { files, root: "/data" };
});

/** A file system whose directory `/d` is durable. */
function withDirectory(...names: string[]): MemoryFileSystem {
  const files = new MemoryFileSystem();
  for (const name of ["d", ...names]) {
    files.plant(`/${name}/keep`, bytes(0));
  }
  return files;
}

describe("MemoryFileSystem: crash", () => {
  it("loses a synced file whose directory was not synced", async () => {
    const files = withDirectory();
    await files.writeAndSync("/d/a", [bytes(1)]);
    assert.equal(files.unsyncedChanges, 1);
    assert.deepEqual(files.crash().paths(), ["/d/keep"]);
  });

  it("keeps a synced file in a synced directory", async () => {
    const files = withDirectory();
    await files.writeAndSync("/d/a", [bytes(1, 2)]);
    await files.syncDirectory("/d");
    assert.equal(files.unsyncedChanges, 0);
    assert.deepEqual(files.crash().peek("/d/a"), bytes(1, 2));
  });

  it("loses a directory whose parent was not synced, with all in it", async () => {
    const files = withDirectory();
    await files.makeDirectory("/d/e");
    await files.writeAndSync("/d/e/a", [bytes(1)]);
    await files.syncDirectory("/d/e");
    assert.deepEqual(files.crash().paths(), ["/d/keep"]);
  });

  it("undoes a rename that was not synced, and keeps one that was", async () => {
    for (const synced of [false, true]) {
      const files = withDirectory();
      files.plant("/d/tmp", bytes(1));
      await files.rename("/d/tmp", "/d/a");
      if (synced) await files.syncDirectory("/d");
      assert.deepEqual(files.crash().paths(), [synced ? "/d/a" : "/d/tmp", "/d/keep"].sort());
    }
  });

  it("brings back what a rename replaced and what was removed", async () => {
    const files = withDirectory();
    files.plant("/d/a", bytes(1));
    files.plant("/d/b", bytes(2));
    await files.remove("/d/a");
    await files.rename("/d/b", "/d/keep");
    const next = files.crash();
    assert.deepEqual(next.paths(), ["/d/a", "/d/b", "/d/keep"]);
    assert.deepEqual(next.peek("/d/keep"), bytes(0));
  });

  it("never loses both names of a file on its way to another directory", async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const files = withDirectory("q");
      files.plant("/d/a", bytes(1));
      await files.rename("/d/a", "/q/a");
      if (seed % 3 === 1) await files.syncDirectory("/q");
      if (seed % 3 === 2) await files.syncDirectory("/d");
      const names = files.crash(seededRandom(seed)).paths().filter((path) => path.endsWith("/a"));
      found.add(`${["none", "target", "source"][seed % 3]}: ${names}`);
    }
    assert.deepEqual([...found].sort(), [
      "none: /d/a",
      "none: /q/a",
      "source: /q/a",
      "target: /d/a,/q/a",
      "target: /q/a",
    ]);
  });

  it("keeps a hard link one file", async () => {
    const files = withDirectory("e");
    await files.writeAndSync("/d/a", [bytes(1)]);
    await files.link("/d/a", "/e/a");
    await files.syncDirectory("/e");
    const next = files.crash();
    assert.deepEqual(next.paths(), ["/d/keep", "/e/a", "/e/keep"]);
    await next.link("/e/a", "/d/a");
    assert.equal(next.usedBytes, 3);
  });

  it("tears what was not synced: nothing, a part, zeros, or all of it", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const files = withDirectory();
      files.fault = (step) => step === "sync" ? "io" : undefined;
      await assert.rejects(files.writeAndSync("/d/a", [bytes(1, 2, 3)]), { code: "io" });
      files.fault = undefined;
      assert.deepEqual(await files.read("/d/a"), bytes(1, 2, 3));
      await files.syncDirectory("/d");
      seen.add(String(files.crash(seededRandom(seed)).peek("/d/a")));
    }
    assert.deepEqual([...seen].sort(), ["", "0,0,0", "1", "1,0,0", "1,2", "1,2,0", "1,2,3"]);
  });

  it("keeps changes of one name in order, whatever else is lost", async () => {
    for (let seed = 0; seed < 100; seed++) {
      const files = withDirectory();
      files.plant("/d/a", bytes(1));
      await files.rename("/d/a", "/d/b");
      await files.writeAndSync("/d/a", [bytes(2)]);
      await files.rename("/d/a", "/d/b");
      const next = files.crash(seededRandom(seed));
      const state = `${next.peek("/d/a")}|${next.peek("/d/b")}`;
      assert.ok(["1|undefined", "undefined|1", "2|1", "undefined|2"].includes(state), state);
    }
  });

  it("freezes the dead process, also in the middle of a write", async () => {
    const files = withDirectory();
    let next: MemoryFileSystem | undefined;
    files.fault = (step) => {
      if (step === "sync") next = files.crash();
      return undefined;
    };
    let settled = false;
    files.writeAndSync("/d/a", [bytes(1)]).finally(() => settled = true);
    await turn();
    assert.deepEqual(next?.paths(), ["/d/keep"]);
    files.remove("/d/keep").finally(() => settled = true);
    await turn();
    assert.equal(settled, false);
    assert.deepEqual(next?.paths(), ["/d/keep"]);
  });

  it("keeps what was synced of a file that was appended to since, and tears the rest", async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed < 40; seed++) {
      const files = new MemoryFileSystem();
      await files.writeAndSync("/log", [bytes(1, 2)]);
      await files.syncDirectory("/");
      await files.append("/log", [bytes(3)]);
      await files.sync("/log");
      await files.append("/log", [bytes(4, 5)]);
      assert.deepEqual(files.afterPowerCut().peek("/log"), bytes(1, 2, 3));
      const left = files.crash(seededRandom(seed)).peek("/log")!;
      assert.deepEqual(left.subarray(0, 3), bytes(1, 2, 3));
      seen.add(left.subarray(3).join());
    }
    assert.deepEqual([...seen].sort(), ["", "0,0", "4", "4,0", "4,5"]);
  });

  it("can crash again and again", async () => {
    let files = withDirectory();
    for (let i = 0; i < 3; i++) {
      await files.writeAndSync(`/d/${i}`, [bytes(i)]);
      await files.syncDirectory("/d");
      files = files.crash();
    }
    assert.deepEqual(files.paths(), ["/d/0", "/d/1", "/d/2", "/d/keep"]);
  });
});

describe("MemoryFileSystem: faults", () => {
  it("fails any step with the code that was injected, and leaves things as they were", async () => {
    const runs: Record<Exclude<FileStep, "create" | "write" | "sync">, Run> = {
      read: (files) => files.read("/d/keep"),
      rename: (files) => files.rename("/d/keep", "/d/b"),
      link: (files) => files.link("/d/keep", "/d/b"),
      remove: (files) => files.remove("/d/keep"),
      sync_directory: (files) => files.syncDirectory("/d"),
      make_directory: (files) => files.makeDirectory("/e"),
      list: (files) => listDirectory(files, "/d"),
    };
    for (const [step, run] of Object.entries(runs)) {
      const files = withDirectory();
      files.fault = (at) => at === step ? "io" : undefined;
      await assert.rejects(run(files), { code: "io", name: "FileSystemError" }, step);
      assert.equal(files.counts[step as FileStep], 1);
      assert.deepEqual(files.paths(), ["/d/keep"]);
    }
  });

  it("leaves half of a part that could not be written", async () => {
    const files = withDirectory();
    let writes = 0;
    files.fault = (step) => step === "write" && ++writes === 2 ? "no_space" : undefined;
    await assert.rejects(files.writeAndSync("/d/a", [bytes(1), bytes(2, 3)]), { code: "no_space" });
    assert.deepEqual(files.peek("/d/a"), bytes(1, 2));
    assert.equal(files.counts.sync, 0);
  });

  it("says no_space above its capacity, and has space again after a removal", async () => {
    const files = new MemoryFileSystem({ capacityBytes: 10 });
    await files.writeAndSync("/a", [new Uint8Array(8)]);
    assert.equal(files.usedBytes, 8);
    await assert.rejects(files.writeAndSync("/b", [new Uint8Array(4)]), { code: "no_space" });
    await files.remove("/b");
    await files.remove("/a");
    await files.writeAndSync("/b", [new Uint8Array(4)]);
    assert.equal(files.usedBytes, 4);
  });

  it("holds a step until the promise of the fault resolves", async () => {
    const files = withDirectory();
    let release: (code: FileErrorCode | undefined) => void = () => {};
    files.fault = (step) =>
      step === "sync" ? new Promise((resolve) => release = resolve) : undefined;
    let done = false;
    const write = files.writeAndSync("/d/a", [bytes(1)]).then(() => done = true);
    await turn();
    assert.equal(done, false);
    release(undefined);
    await write;
    assert.deepEqual(files.counts.sync, 1);
  });
});

describe("MemoryFileSystem: looking at it", () => {
  it("shows the files of a directory and below it, and no others", () => {
    const files = withDirectory();
    files.plant("/d/e/a", bytes(1));
    files.plant("/d/eb", bytes(2));
    files.plant("/c", bytes(3));
    assert.deepEqual(new Map(files.filesBelow("/d/e/")), new Map([["/d/e/a", bytes(1)]]));
    assert.deepEqual(files.filesBelow("/d").map(([path]) => path).sort(), [
      "/d/e/a",
      "/d/eb",
      "/d/keep",
    ]);
    assert.equal(files.filesBelow("").length, 4);
    assert.deepEqual(files.filesBelow("/d/eb"), []);
    assert.deepEqual(files.filesBelow("/nothing/here"), []);
  });
});

type Run = (files: MemoryFileSystem) => Promise<unknown>;

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

/** Lets all promises settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
