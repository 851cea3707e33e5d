import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../../src/filequeue/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { verifyQueue } from "../../src/tools/verify.ts";
import { concat } from "./concat.ts";
import { ALL_KINDS, batchOf, fileOf, flipped, numbered, toolsOn } from "./support.ts";

async function verified(plant: Record<string, Uint8Array>) {
  const tools = toolsOn();
  for (const [path, bytes] of Object.entries(plant)) tools.platform.files.plant(path, bytes);
  const before = tools.platform.files.paths();
  const damaged: string[] = [];
  const found = await verifyQueue("/data", ({ path, what }) => {
    damaged.push(`${path}: ${what}`);
    return Promise.resolve();
  }, tools);
  assert.deepEqual(tools.platform.files.paths(), before);
  const { counts } = tools.platform.files;
  assert.deepEqual([counts.write, counts.create, counts.rename, counts.remove], [0, 0, 0, 0]);
  return { ...found, damaged };
}

test("a queue that is whole", async () => {
  const found = await verified({
    "/data/a/wal/1.committed": fileOf(ALL_KINDS),
    "/data/a/delivered/2.1700000000000.99.delivered": fileOf(numbered(2)),
    "/data/b/wal/3.committed": fileOf(numbered(3)),
    "/data/b/wal/4.committed.tmp": new Uint8Array(1),
  });
  assert.deepEqual([found.files, found.signals, found.temporary], [3, 11, 1]);
  assert.deepEqual(found.damaged, []);
});

test("each byte of a file is looked at: whichever is changed, it is told", async () => {
  const whole = fileOf(numbered(1));
  const missed: number[] = [];
  for (let at = 0; at < whole.length; at++) {
    const found = await verified({ "/data/a/wal/1.committed": flipped(whole, at) });
    if (found.damaged.length === 0) missed.push(at);
  }
  // The counts by kind can lie to each other where their sum stays, and the key of a time can be another word.
  const text = new TextDecoder("latin1").decode(whole);
  for (const at of missed) {
    assert.match(
      text.slice(Math.max(0, at - 24), at + 12),
      /_ms|samples|histograms|exemplars|metadata/,
    );
  }
});

test("a file that is cut short at any place is told", async () => {
  const whole = fileOf(numbered(1));
  for (let length = 0; length < whole.length; length++) {
    const found = await verified({ "/data/a/wal/1.committed": whole.subarray(0, length) });
    assert.equal(found.damaged.length, 1, `${length}`);
  }
});

test("a head that counts something else than its data has, or other times", async () => {
  const batch = batchOf(numbered(1));
  const withMeta = (meta: Record<string, string>): Uint8Array =>
    concat(encodeRecord({ meta: { ...metaOf(batch), ...meta }, data: batch.data }));
  const found = await verified({
    "/data/a/wal/1.committed": withMeta({ samples: "2" }),
    "/data/a/wal/2.committed": withMeta({ oldest_ms: "5", newest_ms: "6" }),
    "/data/a/wal/3.committed": withMeta({ version: "walq.metrics.v9" }),
  });
  assert.match(found.damaged[0]!, /got 1 signals in its data, wanted the 2 that its head counts/);
  assert.match(found.damaged[1]!, /got times from 5 to 6/);
  assert.match(found.damaged[2]!, /got version "walq.metrics.v9"/);
});

test("what is delivered while it reads is no damage", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  for (const id of [1, 2]) files.plant(`/data/a/wal/${id}.committed`, fileOf(numbered(id)));
  files.fault = (step, path) => {
    if (step === "read" && path.endsWith("/1.committed")) files.removeFile(path);
    return undefined;
  };
  const found = await verifyQueue("/data", () => assert.fail(), tools);
  assert.deepEqual([found.files, found.gone], [1, 1]);
});

test("a disk that fails is not a damaged file", async () => {
  const tools = toolsOn();
  const { files } = tools.platform;
  files.plant("/data/a/wal/1.committed", fileOf(numbered(1)));
  files.fault = (step) => step === "read" ? "too_many_open" : undefined;
  await assert.rejects(verifyQueue("/data", () => assert.fail(), tools), { code: "too_many_open" });
});
