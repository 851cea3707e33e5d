import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDurableDirectory, withAncestors } from "../../src/filequeue/durable_directory.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";

test("the ancestors of a path, relative and absolute", () => {
  assert.deepEqual(withAncestors("/a/b/c"), ["/a/b/c", "/a/b", "/a", "/"]);
  assert.deepEqual(withAncestors("/a//b/"), ["/a//b", "/a", "/"]);
  assert.deepEqual(withAncestors("./data/x"), ["./data/x", "./data", "."]);
  assert.deepEqual(withAncestors("data"), ["data", "."]);
  assert.deepEqual(withAncestors("."), ["."]);
  assert.deepEqual(withAncestors("/"), ["/"]);
});

test("the directory is there after the worst crash, however deep", async () => {
  const platform = new MemoryPlatform();
  await makeDurableDirectory(platform.files, "/a/b/c");
  assert.deepEqual(await listDirectory(platform.crash("worst").files, "/a/b/c"), []);
});

test("a parent that may not be read does not matter", async () => {
  const { files } = new MemoryPlatform();
  files.fault = (step, path) =>
    step === "sync_directory" && path === "/a" ? "not_permitted" : undefined;
  await makeDurableDirectory(files, "/a/b");
});
