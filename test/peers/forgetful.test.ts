/** The disk that forgets: what a power cut leaves of files and names, each way in which they come to be. */
import assert from "node:assert/strict";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { readdirSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { buildForgetful, ForgetfulDisk } from "./support/forgetful.ts";

const built = buildForgetful();

function fsync(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}

it("a power cut takes what was not fsynced, and nothing else", { skip: built.skip }, async (t) => {
  const disk = await ForgetfulDisk.mount(built);
  t.after(() => disk.unmount());
  const at = (name: string): string => join(disk.path, name);
  mkdirSync(at("kept"));
  mkdirSync(at("forgotten"));
  fsync(disk.path);
  rmSync(at("forgotten"), { recursive: true });
  mkdirSync(at("not-synced"));
  for (const name of ["whole", "no-bytes", "linked", "renamed", "removed"]) {
    writeFileSync(at(`kept/${name}`), name);
  }
  for (const name of ["whole", "linked", "renamed", "removed"]) fsync(at(`kept/${name}`));
  linkSync(at("kept/linked"), at("kept/second"));
  fsync(at("kept"));

  const appended = openSync(at("kept/whole"), "a");
  writeSync(appended, " and more");
  closeSync(appended);
  renameSync(at("kept/renamed"), at("kept/new"));
  rmSync(at("kept/removed"));
  writeFileSync(at("kept/nameless"), "");
  fsync(at("kept/nameless"));
  assert.equal(readFileSync(at("kept/whole"), "utf8"), "whole and more");
  assert.throws(() => linkSync(at("kept/whole"), at("kept/new")), { code: "EEXIST" });

  await disk.cut();
  assert.throws(() => readFileSync(at("kept/whole")), { code: "EIO" });
  await disk.powerOn();
  assert.deepEqual(readdirSync(disk.path).sort(), ["forgotten", "kept"]);
  const left = readdirSync(at("kept")).sort().map((name) => [
    name,
    readFileSync(at(`kept/${name}`), "utf8"),
  ]);
  assert.deepEqual(left, [
    ["linked", "linked"],
    ["no-bytes", ""],
    ["removed", "removed"],
    ["renamed", "renamed"],
    ["second", "linked"],
    ["whole", "whole"],
  ]);
});

it("a process can listen at a name on it", { skip: built.skip }, async (t) => {
  const disk = await ForgetfulDisk.mount(built);
  t.after(() => disk.unmount());
  const server = createServer().listen(join(disk.path, "door"));
  await new Promise<void>((resolve) => server.on("listening", resolve));
  assert.deepEqual(readdirSync(disk.path), ["door"]);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(readdirSync(disk.path), []);
});
