import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decompressZstd } from "../../src/platform/zstd.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { damage } from "./arbitraries.ts";
import {
  assertCode,
  drain,
  fixture,
  holds,
  kernel,
  ONE_SHARD,
  openRequest,
  snappyCompress,
} from "./support.ts";

const PLAIN = fixture("alloy-v2-metrics.bin");
const ZSTD = fixture("alloy-v2-metrics.zst");

function file(data: Uint8Array, compression: string) {
  return { format: "alloy.metrics.queue.v2", compression, data, checksum: undefined };
}

test("the fixture of Alloy gives all its records, under every compression", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, decompressZstd });
  // Not every runtime has zstd.
  const cases = {
    none: PLAIN,
    snappy: snappyCompress(PLAIN),
    ...(decompressZstd && { zstd: ZSTD }),
  };
  for (const [compression, data] of Object.entries(cases)) {
    assert.equal(reader.load(file(data, compression)).signals, 200);
    assert.equal(drain(reader).unsupported, 0);
    const body = reader.take(0);
    assert.deepEqual(body.kinds, { samples: 100, histograms: 0, exemplars: 0, metadata: 100 });
    const { series, metadata } = decodeRequest(openRequest(body), "v1");
    assert.equal(metadata.length, 100);
    for (const { labels } of series) {
      assert.deepEqual(labels.map(([name]) => name).sort().slice(-10), names());
    }
  }
});

function names(): string[] {
  return Array.from({ length: 10 }, (_, i) => `label_${i}`);
}

test("a file cut off anywhere is corrupt or ends with a whole record", () => {
  const reader = kernel.createReader(ONE_SHARD);
  for (let length = 0; length < 2_000; length++) {
    try {
      reader.load(file(PLAIN.slice(0, length), "none"));
      drain(reader);
      if (reader.openSignals(0) > 0) reader.take(0);
    } catch (error) {
      assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
    }
  }
  assertCode(() => reader.load(file(Uint8Array.of(9, 2, 0), "none")), "CORRUPT", /record type 9/);
});

test("damaged files are corrupt or read as something, and the next whole one is read", () => {
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(damage, (harm) => {
      try {
        reader.load(file(harm(PLAIN), "none"));
        drain(reader);
      } catch (error) {
        assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
        assert.doesNotMatch(error.message, /trapped|unknown fault/);
      }
      if (reader.openSignals(0) > 0) reader.take(0);
      assert.equal(reader.load(file(PLAIN, "none")).signals, 200);
      drain(reader);
      reader.take(0);
    }),
    3,
  );
});
