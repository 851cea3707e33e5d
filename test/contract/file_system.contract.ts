import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FileSystem } from "../../src/contracts.ts";
import { type FileErrorCode, FileSystemError } from "../../src/errors.ts";

/** A file system under test, and a directory in it that exists, is empty and may be filled. */
export interface FileSystemUnderTest {
  readonly files: FileSystem;
  readonly root: string;
  close?(): Promise<void>;
}

/** What every {@link FileSystem} must do. */
export function fileSystemContract(name: string, open: () => Promise<FileSystemUnderTest>): void {
  describe(`FileSystem contract: ${name}`, () => {
    let files: FileSystem;
    let root: string;
    let underTest: FileSystemUnderTest;
    before(async () => {
      underTest = await open();
      ({ files, root } = underTest);
    });
    after(() => underTest.close?.());

    async function directory(name: string): Promise<string> {
      const path = `${root}/${name}`;
      await files.makeDirectory(path);
      return path;
    }

    it("reads back what was written, in parts, one of them empty", async () => {
      const path = `${await directory("parts")}/file`;
      await files.writeAndSync(path, [bytes(1, 2), bytes(), bytes(3)]);
      assert.deepEqual(await files.read(path), bytes(1, 2, 3));
    });

    it("writes and reads an empty file", async () => {
      const path = `${await directory("empty")}/file`;
      await files.writeAndSync(path, []);
      assert.deepEqual(await files.read(path), bytes());
    });

    it("writes a large file in several parts", async () => {
      const path = `${await directory("large")}/file`;
      const parts = [pattern(3_000_001), pattern(1), pattern(5_000_007)];
      await files.writeAndSync(path, parts);
      const read = await files.read(path);
      assert.equal(read.length, 8_000_009);
      assert.deepEqual(read.subarray(0, 3_000_001), parts[0]);
      assert.deepEqual(read.subarray(3_000_002), parts[2]);
    });

    it("tells how much there is room for", async () => {
      const path = await directory("room");
      const free = await files.freeBytes!(path);
      assert.ok(Number.isSafeInteger(free) && free > 0, `${free}`);
    });

    it("appends to a file, which is made if it is not there, and reads parts of it", async () => {
      const path = `${await directory("appended")}/file`;
      await files.append(path, [bytes(1, 2), bytes()]);
      await files.append(path, [bytes(3), bytes(4, 5)]);
      await files.append(path, []);
      await files.sync(path);
      assert.deepEqual(await files.read(path), bytes(1, 2, 3, 4, 5));
      assert.deepEqual(await files.readPart(path, 1, 3), bytes(2, 3, 4));
      assert.deepEqual(await files.readPart(path, 3, 100), bytes(4, 5));
      assert.deepEqual(await files.readPart(path, 5, 1), bytes());
      assert.deepEqual(await files.readPart(path, 50, 1), bytes());
      const large = pattern(3_000_001);
      await files.append(path, [large]);
      assert.deepEqual(await files.readPart(path, 1_000_005, 2_000_001), large.subarray(1_000_000));
    });

    it("appends to no directory, and reads no part of one", async () => {
      const path = await directory("no_file");
      await assert.rejects(files.append(path, [bytes(1)]), FileSystemError);
      await assert.rejects(files.readPart(path, 0, 1), FileSystemError);
      await assert.rejects(files.readPart(`${path}/none`, 0, 1), { code: "not_found" });
    });

    it("copies: later changes by the caller reach neither file nor reader", async () => {
      const path = `${await directory("copies")}/file`;
      const written = bytes(1, 2, 3);
      await files.writeAndSync(path, [written]);
      written.fill(9);
      (await files.read(path)).fill(8);
      assert.deepEqual(await files.read(path), bytes(1, 2, 3));
    });

    it("reads the first bytes, and all when there are fewer", async () => {
      const path = `${await directory("first")}/file`;
      await files.writeAndSync(path, [bytes(1, 2, 3)]);
      assert.deepEqual(await files.read(path, 2), bytes(1, 2));
      assert.deepEqual(await files.read(path, 0), bytes());
      assert.deepEqual(await files.read(path, 100), bytes(1, 2, 3));
    });

    it("reads a whole file, or refuses one that is larger than is wanted", async () => {
      const path = `${await directory("whole")}/file`;
      await files.writeAndSync(path, [bytes(1, 2, 3)]);
      assert.deepEqual(await files.readWhole(path, 3), bytes(1, 2, 3));
      await rejects(files.readWhole(path, 2), "too_large", path);
      await rejects(files.readWhole(`${path}2`, 2), "not_found", `${path}2`);
    });

    it("reads into room that is given, and finds its own where that is too small", async () => {
      const path = `${await directory("room")}/file`;
      await files.writeAndSync(path, [bytes(1, 2, 3)]);
      const room = bytes(9, 9, 9, 9);
      const read = await files.readWhole(path, 9, room);
      assert.deepEqual(read, bytes(1, 2, 3));
      assert.equal(read.buffer, room.buffer);
      assert.deepEqual(room, bytes(1, 2, 3, 9));
      assert.deepEqual(await files.readWhole(path, 9, bytes(9, 9)), bytes(1, 2, 3));
    });

    it("reads a head, and tells how long the file is", async () => {
      const path = `${await directory("head")}/file`;
      await files.writeAndSync(path, [bytes(1, 2, 3)]);
      assert.deepEqual(await files.readHead(path, 2), { bytes: bytes(1, 2), fileBytes: 3 });
      assert.deepEqual(await files.readHead(path, 9), { bytes: bytes(1, 2, 3), fileBytes: 3 });
    });

    it("writes without a sync, and syncs later, as often as it is asked", async () => {
      const path = `${await directory("later")}/file`;
      await files.write(path, [bytes(1), bytes(2)]);
      assert.deepEqual(await files.read(path), bytes(1, 2));
      await files.sync(path);
      await files.sync(path);
      await rejects(files.write(path, [bytes(3)]), "exists", path);
      assert.deepEqual(await files.read(path), bytes(1, 2));
    });

    it("says not_found, with the path, for what is not there", async () => {
      const path = `${await directory("missing")}/no`;
      await rejects(files.read(path), "not_found", path);
      await rejects(files.readHead(path, 1), "not_found", path);
      await rejects(files.write(`${path}/file`, []), "not_found", path);
      await rejects(files.sync(path), "not_found", path);
      await rejects(files.writeAndSync(`${path}/file`, []), "not_found", path);
      await rejects(files.rename(path, `${path}2`), "not_found", path);
      await rejects(files.link(path, `${path}2`), "not_found", path);
      await rejects(files.remove(path), "not_found", path);
      await rejects(files.syncDirectory(path), "not_found", path);
      await rejects(listDirectory(files, path), "not_found", path);
    });

    it("does not write over a file, and leaves it as it was", async () => {
      const path = `${await directory("exists")}/file`;
      await files.writeAndSync(path, [bytes(1)]);
      await rejects(files.writeAndSync(path, [bytes(2)]), "exists", path);
      assert.deepEqual(await files.read(path), bytes(1));
    });

    it("renames, and replaces what is there", async () => {
      const at = await directory("rename");
      await files.writeAndSync(`${at}/a`, [bytes(1)]);
      await files.writeAndSync(`${at}/b`, [bytes(2)]);
      await files.rename(`${at}/a`, `${at}/b`);
      assert.deepEqual(await files.read(`${at}/b`), bytes(1));
      await rejects(files.read(`${at}/a`), "not_found", `${at}/a`);
    });

    it("renames into another directory, but not into a missing one", async () => {
      const [from, to] = [await directory("from"), await directory("to")];
      await files.writeAndSync(`${from}/a`, [bytes(1)]);
      await rejects(files.rename(`${from}/a`, `${from}/no/a`), "not_found", `${from}/a`);
      await files.rename(`${from}/a`, `${to}/a`);
      assert.deepEqual(await listDirectory(files, from), []);
      assert.deepEqual(await files.read(`${to}/a`), bytes(1));
    });

    it("links: one content under two names, that lives until both are removed", async () => {
      const at = await directory("link");
      await files.writeAndSync(`${at}/a`, [bytes(1, 2)]);
      await files.link(`${at}/a`, `${at}/b`);
      await files.remove(`${at}/a`);
      assert.deepEqual(await files.read(`${at}/b`), bytes(1, 2));
      await files.remove(`${at}/b`);
      assert.deepEqual(await listDirectory(files, at), []);
    });

    it("does not link over a file", async () => {
      const at = await directory("link_exists");
      await files.writeAndSync(`${at}/a`, [bytes(1)]);
      await files.writeAndSync(`${at}/b`, [bytes(2)]);
      await rejects(files.link(`${at}/a`, `${at}/b`), "exists", `${at}/a`);
      assert.deepEqual(await files.read(`${at}/b`), bytes(2));
    });

    it("leaves both names when one is renamed to the other of the same file, as POSIX says", async () => {
      const at = await directory("same");
      await files.writeAndSync(`${at}/a`, [bytes(1)]);
      await files.link(`${at}/a`, `${at}/b`);
      await files.rename(`${at}/a`, `${at}/b`);
      assert.deepEqual((await listDirectory(files, at)).map(({ name }) => name).sort(), ["a", "b"]);
    });

    it("makes directories with their parents, again and again", async () => {
      const path = `${await directory("deep")}/a/b/c`;
      await files.makeDirectory(path);
      await files.makeDirectory(path);
      await files.writeAndSync(`${path}/file`, [bytes(1)]);
      assert.deepEqual(await files.read(`${path}/file`), bytes(1));
      await files.syncDirectory(path);
    });

    it("does not make a directory where a file is", async () => {
      const path = `${await directory("blocked")}/file`;
      await files.writeAndSync(path, []);
      await rejects(files.makeDirectory(path), "exists", path, /a file is in the way/);
      assert.deepEqual(await files.read(path), bytes());
    });

    it("does not make a directory below a file", async () => {
      const path = `${await directory("below")}/file`;
      await files.writeAndSync(path, []);
      for (const inner of [`${path}/a`, `${path}/a/b`]) {
        await rejects(files.makeDirectory(inner), "io", inner, /a file is in the way/);
      }
    });

    it("makes one directory for many that ask at once", async () => {
      const path = `${await directory("race")}/a/b/c`;
      await Promise.all(Array.from({ length: 20 }, () => files.makeDirectory(path)));
      assert.deepEqual(await listDirectory(files, path), []);
    });

    it("lists files and directories", async () => {
      const at = await directory("list");
      await files.writeAndSync(`${at}/file`, [bytes(1, 2, 3)]);
      await files.makeDirectory(`${at}/inner`);
      const entries = await listDirectory(files, at);
      assert.deepEqual(entries.sort((a, b) => a.name < b.name ? -1 : 1), [
        { name: "file", kind: "file" },
        { name: "inner", kind: "directory" },
      ]);
    });

    it("says io for a directory that is read, and for a file that is listed", async () => {
      const at = await directory("kinds");
      await files.writeAndSync(`${at}/file`, []);
      await rejects(files.read(at), "io", at, /not a plain file/);
      await rejects(listDirectory(files, `${at}/file`), "io", at);
    });

    it("serves many at once; of those that create one file, one wins", async () => {
      const at = await directory("concurrent");
      const writes = Array.from({ length: 50 }, async (_, i) => {
        await files.writeAndSync(`${at}/tmp${i}`, [bytes(i)]);
        await files.rename(`${at}/tmp${i}`, `${at}/${i}`);
        await files.syncDirectory(at);
      });
      const races = Array.from(
        { length: 10 },
        (_, i) => files.writeAndSync(`${at}/one`, [bytes(i)]),
      );
      const [settledRaces] = await Promise.all([Promise.allSettled(races), Promise.all(writes)]);
      const winners = settledRaces.filter(({ status }) => status === "fulfilled");
      assert.equal(winners.length, 1);
      assert.equal((await listDirectory(files, at)).length, 51);
      assert.deepEqual(await files.read(`${at}/49`), bytes(49));
    });
  });
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

function pattern(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31) >> 3);
}

async function rejects(
  promise: Promise<unknown>,
  code: FileErrorCode,
  path: string,
  message: RegExp = /./,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof FileSystemError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(error.path.startsWith(path), `${error.path} should start with ${path}`);
    assert.ok(error.message.includes(error.path), error.message);
    assert.match(error.message, message);
    return true;
  });
}
