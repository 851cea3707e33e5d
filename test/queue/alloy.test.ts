import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { decompressZstd } from "../../src/platform/zstd.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { alloyV2Record } from "../support/alloy_v2.ts";
import { compress, uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";

const WAL = "/data/one/wal";
const QUARANTINE = "/data/one/quarantine";
const V2 = readFileSync("test/fixtures/alloy-v2-metrics.bin");
const ZSTD = readFileSync("test/fixtures/alloy-v2-metrics.zst");
const WITHOUT_ZSTD = decompressZstd === undefined ? "this runtime has no zstd" : false;
/** A little after the fixture was made, so that the longest TTL does not matter. */
const NOW_MS = Date.UTC(2025, 5, 1);

function record(meta: Record<string, string>, data: Uint8Array): Uint8Array {
  return encode({ Meta: meta, Data: data });
}

function alloyV2(compression: string, data: Uint8Array): Uint8Array {
  return alloyV2Record(compression, data, 200);
}

async function open(files: Record<string, Uint8Array>) {
  await loadKernel();
  const platform = new MemoryPlatform({ startMs: NOW_MS });
  await platform.files.makeDirectory(WAL);
  for (const [name, bytes] of Object.entries(files)) platform.files.plant(`${WAL}/${name}`, bytes);
  const requests: RequestForm[] = [];
  platform.http.script = ({ body }) => {
    requests.push(decodeRequest(uncompress(body!), "v1"));
    return makeAnswer(204);
  };
  const logger = new MemoryLogger();
  const endpoints = [{ name: "one", url: "http://one/", parallelism: 1 }];
  const queue = await Queue.open({ dataPath: "/data", ttl: "3650d", endpoints }, {
    platform,
    logger,
  });
  await platform.time.advance(10_000);
  return { platform, queue, logger, requests };
}

test("a directory of Alloy's second version drains in order and completely", async () => {
  await drainsWith(alloyV2("snappy", compress(V2)));
});

test("and so it does with a file under zstd", { skip: WITHOUT_ZSTD }, async () => {
  await drainsWith(alloyV2("zstd", ZSTD));
});

test("a file under zstd that is damaged is set aside with the reason, and the rest goes on", {
  skip: WITHOUT_ZSTD,
}, async () => {
  const cut = ZSTD.subarray(0, -1);
  const { platform, queue } = await open({
    "7.committed": alloyV2("zstd", cut),
    "8.committed": alloyV2("zstd", ZSTD),
  });
  const [one] = queue.stats().endpoints;
  assert.equal(one!.deliveredTotal, 200);
  assert.equal(one!.droppedTotal.corrupt, 200);
  const reason = platform.files.peek(`${QUARANTINE}/7.committed.reason`)!;
  assert.match(new TextDecoder().decode(reason), /Cannot read zstd: got/);
  await queue.close();
});

async function drainsWith(first: Uint8Array): Promise<void> {
  const { platform, queue, requests } = await open({
    "7.committed": first,
    "8.committed": alloyV2("snappy", compress(V2)),
    "9.committed": alloyV2("none", V2),
  });
  const [one] = queue.stats().endpoints;
  assert.equal(one!.deliveredTotal, 600);
  assert.equal(one!.pendingSignals, 0);
  assert.deepEqual(await listDirectory(platform.files, WAL), []);
  const values = requests.flatMap(({ series }) => series.map(({ signals }) => signals[0]));
  assert.equal(values.length, 300);
  // Three times the same file: three times the same samples in the same order.
  assert.deepEqual(values.slice(100, 200), values.slice(0, 100));
  assert.deepEqual(values.slice(200), values.slice(0, 100));
  assert.equal(requests.flatMap(({ metadata }) => metadata).length, 300);
  await queue.close();
}

test("a file of an unknown version is set aside with a message that names it, and the rest goes on", async () => {
  const { platform, queue, logger } = await open({
    "7.committed": record({ version: "walq.metrics.v7", compression: "none" }, V2),
    "8.committed": alloyV2("none", V2),
  });
  const [one] = queue.stats().endpoints;
  assert.equal(one!.deliveredTotal, 200);
  assert.equal(one!.quarantinedTotal, 1);
  const reason = platform.files.peek(`${QUARANTINE}/7.committed.reason`)!;
  assert.match(new TextDecoder().decode(reason), /version "walq\.metrics\.v7"/);
  assert.match(logger.lines.join("\n"), /walq\.metrics\.v7/);
  assert.notEqual(platform.files.peek(`${QUARANTINE}/7.committed`), undefined);
  await queue.close();
});
