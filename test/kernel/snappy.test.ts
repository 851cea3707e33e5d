/** The kernel's snappy against hysnappy, through the calls that use it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import {
  ALLOY_RULES,
  alloyFile,
  assertBytes,
  assertCode,
  drain,
  fileOf,
  fixture,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
  snappyCompress,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { hashOf } from "./twin/labels.ts";
import { concat, type Label, label, type Row, utf8 } from "./twin/model.ts";
import { seriesField, writeRows } from "./twin/request_write.ts";

/** Bytes that repeat here and there, at all distances. */
function texture(bytes: number, seed: number, alphabet: number): Uint8Array {
  let state = seed * 2 + 1;
  const next = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes;) {
    const run = 1 + next() % 200;
    const back = at > 0 && next() % 3 > 0 ? 1 + next() % at : 0;
    for (let i = 0; i < run && at < bytes; i++, at++) {
      result[at] = back > 0 ? result[at - back]! : 97 + next() % alphabet;
    }
  }
  return result;
}

function rowOf(value: Uint8Array): Row {
  const labels: Label[] = [label("__name__", "m"), { name: utf8("text"), value }];
  return { labels, sample: { bits: 0n, timestampMs: 1n }, hash: hashOf(labels) };
}

const sharedWriter = kernel.createWriter({ rules: ALLOY_RULES });
const sharedReader = kernel.createReader(ONE_SHARD);

/** Sends a value through the writer's compression, the reader's decompression and the reader's compression. */
function roundTrip(value: Uint8Array): void {
  const row = rowOf(value);
  const request = seriesField(row.labels, [row.sample]);
  const packed = { ...NO_LIMITS, compression: "snappy" } as const;
  assert.equal(sharedWriter.addRequest(snappyCompress(request), packed).accepted, 1);
  const batch = sharedWriter.encode();
  const wanted = encodeRows([row]);
  assertBytes(fileOf(batch), wanted, `a file with ${value.length} bytes`);
  for (const file of [batch, alloyFile(snappyCompress(wanted), "snappy")]) {
    assert.equal(sharedReader.load(file).signals, 1);
    drain(sharedReader);
    assertBytes(openRequest(sharedReader.take(0)), request, `a request with ${value.length} bytes`);
  }
}

test("values of 1 to 600 bytes, and around the block's 64 KiB", () => {
  for (let bytes = 1; bytes <= 600; bytes += 7) roundTrip(texture(bytes, bytes, 26));
  for (let bytes = 65_300; bytes <= 65_700; bytes += 31) roundTrip(texture(bytes, bytes, 3));
  for (const bytes of [4095, 20_000, 70_000, 131_072, 200_001]) {
    roundTrip(texture(bytes, bytes, 26));
  }
});

test("random sizes, repetitive and not", () => {
  holds(
    fc.property(
      fc.nat(70_000),
      fc.nat(),
      fc.integer({ min: 1, max: 26 }),
      (bytes, seed, alphabet) => {
        roundTrip(texture(bytes + 1, seed % 1000, alphabet));
      },
    ),
  );
});

test("one byte over and over, and bytes that never repeat", () => {
  roundTrip(utf8("a".repeat(100_000)));
  let state = 1;
  const noise = Array.from({ length: 90_000 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCharCode(32 + (state >>> 16) % 94);
  });
  roundTrip(utf8(noise.join("")));
});

/** The framing of xerial's snappy-java: a magic, two versions, then blocks with their lengths. */
function xerial(blocks: readonly Uint8Array[]): Uint8Array {
  const head = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];
  return concat([
    head,
    ...blocks.flatMap((block) => [
      [
        block.length >>> 24,
        (block.length >>> 16) & 255,
        (block.length >>> 8) & 255,
        block.length & 255,
      ],
      block,
    ]),
  ]);
}

test("files framed by xerial, in one block and in many", () => {
  const plain = fixture("alloy-v1-seriesgroup.bin");
  for (const size of [500_000, 32_768, 1000]) {
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < plain.length; at += size) {
      blocks.push(snappyCompress(plain.subarray(at, at + size)));
    }
    const file = xerial(blocks);
    const reader = kernel.createReader(ONE_SHARD);
    assert.deepEqual(reader.load(alloyFile(file, "snappy")), {
      signals: 1000,
      counted: 1000,
      uncompressedBytes: plain.length,
    });
    drain(reader);
    assert.equal(reader.take(0).signals, 1000);
    assertCode(() => reader.load(alloyFile(file.slice(0, -1), "snappy")), "CORRUPT");
    assertCode(() => reader.load(alloyFile(file.slice(0, 19), "snappy")), "CORRUPT");
  }
});

test("damaged snappy is corrupt, never a crash, and the next file is read", () => {
  const plain = fixture("alloy-v1-seriesgroup.bin");
  const packed = snappyCompress(plain);
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = packed.slice();
      damaged[at]! ^= flip;
      try {
        reader.load(alloyFile(damaged, "snappy"));
        drain(reader);
        reader.take(0);
      } catch (error) {
        assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
      }
      assertCode(() => reader.load(alloyFile(packed.slice(0, at), "snappy")), "CORRUPT");
    }),
    3,
  );
  assert.equal(reader.load(alloyFile(packed, "snappy")).signals, 1000);
});

test("a header that claims 4 GB costs nothing", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const started = performance.now();
  for (let i = 0; i < 1000; i++) {
    const claim = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1]);
    assertCode(() => reader.load(alloyFile(claim, "snappy")), "CORRUPT");
  }
  assert.ok(performance.now() - started < 2000);
});

test("hand-made streams: every kind of element, and copies that overlap", () => {
  // Whether the stream expands is told by what comes of it: a request with one unknown field.
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  const options = { ...NO_LIMITS, compression: "snappy" } as const;
  const accept = (bytes: number[]) =>
    assert.equal(writer.addRequest(new Uint8Array(bytes), options).accepted, 0);
  const refuse = (bytes: number[]) =>
    assertCode(
      () => writer.addRequest(new Uint8Array(bytes), options),
      "INVALID_REQUEST",
      /snappy/,
    );
  // Field 15, varint, is 0x78 0x01; a literal of two bytes, then copies.
  accept([2, 0x04, 0x78, 0x01]);
  accept([8, 0x04, 0x78, 0x01, 0x09, 2]);
  accept([8, 0x04, 0x78, 0x01, 0x16, 2, 0]);
  accept([8, 0x04, 0x78, 0x01, 0x17, 2, 0, 0, 0]);
  accept([2, 0xf0, 0x01, 0x78, 0x01]);
  accept([2, 0xf4, 0x01, 0x00, 0x78, 0x01]);
  accept([2, 0xf8, 0x01, 0x00, 0x00, 0x78, 0x01]);
  accept([2, 0xfc, 0x01, 0x00, 0x00, 0x00, 0x78, 0x01]);
  refuse([2, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x78, 0x01]);
  refuse([8, 0x04, 0x78, 0x01, 0x09, 3]);
  refuse([8, 0x04, 0x78, 0x01, 0x09, 0]);
  refuse([7, 0x04, 0x78, 0x01, 0x09, 2]);
  refuse([9, 0x04, 0x78, 0x01, 0x09, 2]);
  refuse([8, 0x04, 0x78, 0x01, 0x09]);
  refuse([8, 0x04, 0x78, 0x01, 0x16, 2]);
  refuse([8, 0x04, 0x78, 0x01, 0x17, 2, 0, 0]);
  refuse([2, 0x08, 0x78, 0x01]);
});

test("many rows compress to what hysnappy expands", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => rowOf(utf8(`value-${i * 7919 % 5000}`)));
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  writer.addRequest(writeRows(rows), NO_LIMITS);
  const batch = writer.encode();
  assertBytes(fileOf(batch), encodeRows(rows), "the file");
  assert.ok(batch.data.length < batch.uncompressedBytes / 2);
});
