/** Files of Alloy under zstd, on a runtime that has none. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Platform } from "../../src/contracts.ts";
import { QueueDirectory } from "../../src/filequeue/directory.ts";
import { refuseZstdFiles } from "../../src/filequeue/zstd_files.ts";
import { Queue } from "../../src/queue.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { alloyV2Record } from "../support/alloy_v2.ts";
import { Rig } from "./support.ts";

const ZSTD = alloyV2Record(
  "zstd",
  new Uint8Array(readFileSync("test/fixtures/alloy-v2-metrics.zst")),
  200,
);
const PLAIN = alloyV2Record(
  "none",
  new Uint8Array(readFileSync("test/fixtures/alloy-v2-metrics.bin")),
  200,
);
const WAL = "/data/one/wal";
const REFUSED = (path: string) => ({
  name: "WalqError",
  code: "UNSUPPORTED_RUNTIME",
  message: new RegExp(`${path}: .* by zstd.*run walq on Node 22\\.15 or later, Deno or Bun`),
});

/** What Alloy left. */
function rigWith(files: Record<string, Uint8Array>, names: readonly string[] = ["one"]): Rig {
  const rig = new Rig({ ttl: "3650d" }, names);
  for (const [path, bytes] of Object.entries(files)) rig.platform.files.plant(path, bytes);
  return rig;
}

function withoutZstd({ platform }: Rig): Platform {
  return { ...platform, decompressZstd: undefined };
}

async function openWithout(rig: Rig): Promise<void> {
  rig.queue = await Queue.open(rig.options, { platform: withoutZstd(rig), logger: rig.logger });
  await rig.platform.time.settle();
}

test("a start refuses the first file under zstd by name, and touches none", async () => {
  const rig = rigWith({
    [`${WAL}/6.committed`]: Uint8Array.of(1, 2, 3),
    [`${WAL}/7.committed`]: PLAIN,
    [`${WAL}/8.committed`]: ZSTD,
    [`${WAL}/9.committed`]: ZSTD,
  });
  await assert.rejects(openWithout(rig), REFUSED(`${WAL}/8.committed`));
  await rig.platform.time.advance(600_000);
  assert.equal(rig.platform.http.exchanges, 0);
  assert.deepEqual(rig.platform.files.peek(`${WAL}/8.committed`), ZSTD);
  const wal = await rig.files();
  assert.deepEqual(wal, ["6.committed", "7.committed", "8.committed", "9.committed"]);
  // The lock was given up: somebody takes the files away, and it opens.
  for (const id of [8, 9]) rig.platform.files.removeFile(`${WAL}/${id}.committed`);
  await openWithout(rig);
  await rig.drain();
  assert.equal(rig.queue.stats().endpoints[0]!.deliveredTotal, 200);
  await rig.wait(rig.queue.close());
});

test("an update that adds an endpoint with such a file changes nothing", async () => {
  const rig = rigWith({ "/data/two/wal/8.committed": ZSTD }, ["one", "two"]);
  const [one, two] = rig.options.endpoints;
  rig.queue = await Queue.open({ ...rig.options, endpoints: [one!] }, {
    platform: withoutZstd(rig),
  });
  await assert.rejects(
    rig.wait(rig.queue.update({ ...rig.options, endpoints: [one!, two!] })),
    REFUSED("/data/two/wal/8.committed"),
  );
  assert.deepEqual(rig.queue.stats().endpoints.map(({ name }) => name), ["one"]);
  await rig.put("a", 1);
  await rig.drain();
  assert.deepEqual(rig.platform.files.peek("/data/two/wal/8.committed"), ZSTD);
  await rig.wait(rig.queue.close());
});

test("one behind what walq has written holds the queue when its turn comes, and is kept", async () => {
  const rig = await new Rig({ ttl: "3650d" }).open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 1);
  await rig.wait(rig.queue.close());
  rig.one.answer = () => makeAnswer(204);
  const [own] = await rig.files();
  const path = `${WAL}/${parseInt(own!) + 1}.committed`;
  rig.platform.files.plant(path, ZSTD);
  await openWithout(rig);
  await rig.put("b", 2);
  await rig.platform.time.advance(3_600_000);
  rig.checkSum();
  const [one] = rig.queue.stats().endpoints;
  assert.equal(one!.deliveredTotal, 1);
  assert.equal(one!.pendingSignals, 201);
  assert.equal(one!.quarantinedTotal, 0);
  assert.deepEqual(rig.platform.files.peek(path), ZSTD);
  const log = rig.logger.lines.join("\n");
  assert.match(log, REFUSED(path).message);
  // It waits, as for a disk: no bug is met, and no endpoint begins anew.
  assert.match(log, /cannot read a batch; trying again/);
  await rig.wait(rig.queue.close());
});

test("the search ends with the first file that is walq's own", async () => {
  const rig = await new Rig({ ttl: "3650d" }).open();
  rig.one.answer = () => makeAnswer(503);
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  const { files, random } = rig.platform;
  const before = files.counts.read;
  const ids = (await rig.files()).filter((name) => name.endsWith(".committed"))
    .map((name) => parseInt(name)).sort((a, b) => a - b);
  assert.equal(ids.length, 5);
  await refuseZstdFiles(files, new QueueDirectory(files, "/data/one", random), ids);
  assert.equal(files.counts.read, before + 1);
});
