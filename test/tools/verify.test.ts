import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeRecord } from "../../src/store/record.ts";
import { metaOf } from "../../src/formats/meta.ts";
import { rejectedV1Meta } from "../../src/formats/rejected_v1.ts";
import { verifyQueue } from "../../src/tools/verify.ts";
import { concat } from "./concat.ts";
import {
  ALL_KINDS,
  batchOf,
  fileOf,
  flipped,
  kernel,
  numbered,
  START_MS,
  toolsOn,
} from "./support.ts";

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

/** A request of 5 samples, as it is kept when it was refused. */
function refused(): Uint8Array {
  const data = new TextEncoder().encode("a request");
  const meta = rejectedV1Meta({
    endpoint: "a",
    rejectedAtMs: START_MS,
    cause: "rejected",
    status: 400,
    reason: "out of order sample",
    kinds: { samples: 5, histograms: 0, exemplars: 0, metadata: 0 },
    refused: 5,
    oldestMs: START_MS,
    newestMs: START_MS,
    protobufMessage: "prometheus.WriteRequest",
    checksum: kernel.checksumOf(data),
  });
  return concat(encodeRecord({ meta, data }));
}

test("a queue that is whole", async () => {
  const found = await verified({
    "/data/a/wal/1.committed": fileOf(ALL_KINDS),
    "/data/a/delivered/2.1700000000000.100.delivered": fileOf(numbered(2)),
    "/data/b/wal/3.committed": fileOf(numbered(3)),
    "/data/b/wal/4.committed.tmp": new Uint8Array(1),
  });
  assert.deepEqual([found.files, found.signals, found.temporary], [3, 11, 1]);
  assert.deepEqual(found.damaged, []);
});

test("what was delivered and is kept, and what was refused, is read like what waits", async () => {
  const delivered = "/data/a/delivered/2.1764489600000.99.delivered";
  const rejected = "/data/a/rejected/0123456789abcdef.rejected";
  const wal = { "/data/a/wal/1.committed": fileOf(numbered(1)) };
  const whole = await verified({ ...wal, [delivered]: fileOf(numbered(2)), [rejected]: refused() });
  assert.deepEqual([whole.files, whole.signals, whole.damaged], [3, 1 + 1 + 5, []]);
  const found = await verified({
    ...wal,
    [delivered]: flipped(fileOf(numbered(2)), fileOf(numbered(2)).length - 1),
    [rejected]: flipped(refused(), refused().length - 1),
  });
  assert.deepEqual(found.damaged.map((line) => line.split(":")[0]), [delivered, rejected]);
});

test("what is wrong is said with what was got and what was wanted, of each kind of file", async () => {
  const changed = flipped(refused(), refused().length - 1);
  const found = await verified({
    "/data/a/wal/1.committed": flipped(fileOf(numbered(1)), -1),
    "/data/a/wal/2.committed": new Uint8Array(),
    "/data/a/delivered/3.1764489600000.99.delivered": fileOf(numbered(1)).subarray(0, 60),
    "/data/a/rejected/0123456789abcdef.rejected": changed,
  });
  const checksums =
    /got \d+ bytes with the checksum xxh64:[0-9a-f]{16}, wanted xxh64:[0-9a-f]{16}$/;
  assert.match(found.damaged[0]!, checksums);
  assert.match(found.damaged[1]!, /got nothing, an empty file, wanted a map with Meta and Data$/);
  assert.match(
    found.damaged[2]!,
    /got 60 bytes, which end in the midst of .*, wanted at least \d+$/,
  );
  assert.match(found.damaged[3]!, checksums);
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
