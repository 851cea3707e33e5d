import assert from "node:assert/strict";
import { test } from "node:test";
import { glob, isPattern } from "../src/glob.ts";
import { MemoryFileSystem } from "../src/testing/memory_files.ts";

async function filesIn(...paths: readonly string[]): Promise<MemoryFileSystem> {
  const files = new MemoryFileSystem();
  for (const path of paths) {
    await files.makeDirectory(path.slice(0, path.lastIndexOf("/")));
    await files.writeAndSync(path, [new Uint8Array()]);
  }
  return files;
}

test("a pattern finds what is there, in order", async () => {
  const files = await filesIn("/a/b.yml", "/a/a.yml", "/a/a.json", "/a/c/d.yml", "/x.yml", "/a/1*");
  const cases: readonly [pattern: string, found: readonly string[]][] = [
    ["/a/*.yml", ["/a/a.yml", "/a/b.yml"]],
    ["/a/*", ["/a/1*", "/a/a.json", "/a/a.yml", "/a/b.yml", "/a/c"]],
    ["/a/b.yml", ["/a/b.yml"]],
    ["/a/bXyml", []],
    ["/a/b*l", ["/a/b.yml"]],
    ["/*.yml", ["/x.yml"]],
    ["/a/?.yml", ["/a/a.yml", "/a/b.yml"]],
    ["/a/[b-z].yml", ["/a/b.yml"]],
    ["/a/[^b].yml", ["/a/a.yml"]],
    ["/a/1\\*", ["/a/1*"]],
    ["/?/c/*", ["/a/c/d.yml"]],
    ["/nowhere/*", []],
    ["/a/b.yml/*", []],
    ["/a/nothing.yml", []],
  ];
  for (const [pattern, found] of cases) {
    assert.deepEqual(await glob(files, pattern), found, pattern);
  }
});

test("a bracket that is not closed is an error", async () => {
  const files = await filesIn("/a/b");
  await assert.rejects(glob(files, "/a/[b"), /a bracket is not closed in "\[b"/);
});

test("a disk that fails is no directory without files", async () => {
  const files = await filesIn("/a/b");
  files.visit = () => Promise.reject(new TypeError("no"));
  await assert.rejects(glob(files, "/a/*"), TypeError);
});

test("a path without patterns is told from one with them", () => {
  assert.deepEqual(["/a/b.yml", "/a/*.yml", "/a/[b]", "/a/b?"].map(isPattern), [
    false,
    true,
    true,
    true,
  ]);
});
