import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decompressZstd } from "../../src/kernel/zstd.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { damage } from "./arbitraries.ts";
import {
  assertBytes,
  assertCode,
  BYTES_MAX,
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
  const reader = kernel.createReader(ONE_SHARD);
  const cases = { none: PLAIN, snappy: snappyCompress(PLAIN), zstd: ZSTD };
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

test("zstd: whole, in pieces, cut off and hostile", () => {
  assertBytes(decompressZstd(ZSTD, BYTES_MAX), PLAIN, "one frame");
  const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7);
  const two = new Uint8Array([...ZSTD, ...skippable, ...ZSTD]);
  assert.equal(decompressZstd(two, BYTES_MAX).length, PLAIN.length * 2);
  assert.equal(decompressZstd(new Uint8Array(), BYTES_MAX).length, 0);
  assertCode(() => decompressZstd(ZSTD, PLAIN.length - 1), "CORRUPT");
  assertCode(() => decompressZstd(two, PLAIN.length + 1), "CORRUPT", /more than/);
  for (let length = 1; length < ZSTD.length; length++) {
    assertCode(() => decompressZstd(ZSTD.slice(0, length), BYTES_MAX), "CORRUPT");
  }
  const frame = (...bytes: number[]): Uint8Array => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes);
  assertCode(() => decompressZstd(frame(0x00, 0xf8), BYTES_MAX), "CORRUPT", /a window of/);
  assertCode(() => decompressZstd(frame(0x01, 0, 0), BYTES_MAX), "CORRUPT", /a dictionary/);
  const huge = frame(0xe0, 255, 255, 255, 255, 255, 255, 255, 127);
  assertCode(() => decompressZstd(huge, BYTES_MAX), "CORRUPT", /bytes uncompressed/);
  assertCode(() => decompressZstd(Uint8Array.of(1, 2, 3, 4, 5), BYTES_MAX), "CORRUPT", /magic/);
});

test("damaged zstd is corrupt or something of bounded size", () => {
  holds(
    fc.property(damage, (harm) => {
      try {
        assert.ok(decompressZstd(harm(ZSTD), 100_000).length <= 100_000);
      } catch (error) {
        assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
      }
    }),
    5,
  );
});

test("the fixture is what is said of it", () => {
  assert.match(readFileSync("test/fixtures/README.md", "utf8"), /alloy-v2-metrics.zst/);
});
