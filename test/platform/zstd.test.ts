import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { Queue } from "../../src/default_queue.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { alloyV2Record } from "../support/alloy_v2.ts";

const platform = await defaultPlatform();
/** Alone of them it has none in its older releases: 22.15 and 23.8 were the first that had it. */
const LACKS_ZSTD = platform.name === "node" && isBefore(process.versions.node);
const FILE = alloyV2Record(
  "zstd",
  new Uint8Array(readFileSync("test/fixtures/alloy-v2-metrics.zst")),
  200,
);

function isBefore(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 22 || (major === 22 && minor < 15) || (major === 23 && minor < 8);
}

test("every runtime has zstd, but Node before 22.15", () => {
  assert.equal(platform.decompressZstd === undefined, LACKS_ZSTD);
});

test("a queue with a file under zstd opens where there is zstd, and nowhere else", async () => {
  const root = await mkdtemp(`${tmpdir()}/walq-zstd-`);
  const path = `${root}/one/wal/7.committed`;
  await mkdir(`${root}/one/wal`, { recursive: true });
  await writeFile(path, FILE);
  // Nobody is asked: it answers never.
  const http = { exchange: () => new Promise<never>(() => {}), close: () => Promise.resolve() };
  const endpoints = [{ name: "one", url: "http://one/" }];
  let opened: Queue | undefined;
  const open = async (): Promise<void> => {
    const options = { dataPath: root, ttl: "3650d", endpoints };
    opened = await Queue.open(options, { platform: { ...platform, http } });
  };
  const refused = {
    code: "UNSUPPORTED_RUNTIME",
    message: new RegExp(`^Cannot read ${path}: .* zstd, .* Node 22\\.15 or later, Deno or Bun`),
  };
  try {
    await (LACKS_ZSTD ? assert.rejects(open(), refused) : open());
  } finally {
    await opened?.close();
  }
  assert.deepEqual(new Uint8Array(await readFile(path)), FILE);
  await rm(root, { recursive: true });
});
