import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decompressZstd } from "../../src/kernel/zstd.ts";
import { damage } from "./arbitraries.ts";
import { assertBytes, assertCode, BYTES_MAX, fixture, holds } from "./support.ts";
import { ZSTD_SAMPLES } from "./zstd_samples.ts";

const DIRECTORY = "test/fixtures/zstd";
const SKIPPABLE = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7);

function sample(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${DIRECTORY}/${name}.zst`));
}

/** A frame without a size in its header, over a window of 1 KiB, unless the descriptor says otherwise. */
function frame(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes);
}

/** A frame of 131,072 bytes in one compressed block. */
function oneBlock(...body: number[]): Uint8Array {
  const head = 1 | (2 << 1) | (body.length << 3);
  return frame(0xa0, 0, 0, 2, 0, head & 255, head >> 8, head >> 16, ...body);
}

test("what zstd wrote is read as it was, whatever the level and the header", () => {
  const names = readdirSync(DIRECTORY).filter((name) => name.endsWith(".zst"));
  assert.deepEqual(names.sort(), [...ZSTD_SAMPLES.keys()].map((name) => `${name}.zst`).sort());
  for (const [name, content] of ZSTD_SAMPLES) {
    assertBytes(decompressZstd(sample(name), BYTES_MAX), content(), name);
  }
  const plain = fixture("alloy-v2-metrics.bin");
  assertBytes(decompressZstd(fixture("alloy-v2-metrics.zst"), BYTES_MAX), plain, "the records");
});

test("frames follow each other, and those to be skipped are", () => {
  const words = sample("words_checked");
  const zeros = sample("zeros");
  const all = Uint8Array.from([...SKIPPABLE, ...words, ...SKIPPABLE, ...zeros, ...words]);
  const parts = [words, zeros, words].map((part) => decompressZstd(part, BYTES_MAX));
  const wanted = Uint8Array.from(parts.flatMap((part) => [...part]));
  assertBytes(decompressZstd(all, wanted.length), wanted, "all frames");
  assertCode(() => decompressZstd(all, wanted.length - 1), "CORRUPT", /more than \d+ bytes/);
  assert.equal(decompressZstd(new Uint8Array(), BYTES_MAX).length, 0);
  assert.equal(decompressZstd(SKIPPABLE, BYTES_MAX).length, 0);
});

test("the limit holds to the byte, whether the header tells a size or not", () => {
  for (const name of ["words_fast", "words_streamed", "zeros"]) {
    const { length } = ZSTD_SAMPLES.get(name)!();
    assert.equal(decompressZstd(sample(name), length).length, length);
    assertCode(() => decompressZstd(sample(name), length - 1), "CORRUPT", /bytes uncompressed/);
  }
});

test("data cut off anywhere is corrupt", () => {
  for (const name of ["words_checked", "words_streamed", "noise", "zeros", "one_byte"]) {
    const bytes = sample(name);
    for (let length = 1; length < bytes.length; length++) {
      assertCode(() => decompressZstd(bytes.slice(0, length), BYTES_MAX), "CORRUPT");
    }
  }
});

test("what is not zstd, or asks for what is not there, is told", () => {
  const refused = (bytes: Uint8Array, pattern: RegExp) =>
    assertCode(() => decompressZstd(bytes, BYTES_MAX), "CORRUPT", pattern);
  refused(Uint8Array.of(1, 2, 3, 4, 5), /magic 0x4030201 in zstd data at byte 0/);
  refused(frame(0x01, 0x00, 0x00), /a dictionary/);
  refused(frame(0x08, 0x00), /a reserved bit/);
  refused(frame(0xe0, 255, 255, 255, 255, 255, 255, 255, 127), /bytes uncompressed/);
  refused(frame(0x00, 0x00, 0x07, 0, 0), /a block of type 3/);
  // One byte, 131,073 times.
  refused(frame(0x00, 0x38, 0x03 | 0x08, 0x00, 0x10, 65), /a block of type 1 and 131073 bytes/);
  // A size of 5 and a last block of 4.
  refused(frame(0x20, 5, 0x21, 0, 0, 1, 2, 3, 4), /4 bytes uncompressed .* wanted 5/);
  // Literals with the code of the block before, in the first block.
  refused(oneBlock(0x13, 0x40, 0, 1, 0), /without a code/);
  // One sequence with the tables of the block before, in the first block.
  refused(oneBlock(0x08, 65, 1, 0xfc, 1), /no table before the first/);
  // One literal, then 3 bytes from further back than the start.
  refused(oneBlock(0x08, 65, 1, 0x54, 1, 4, 0, 0x1f), /a match 28 bytes back/);
});

test("a window as large as can be claimed costs nothing", () => {
  const bytes = frame(0x00, 0xff, 0x21, 0, 0, 1, 2, 3, 4);
  assert.deepEqual([...decompressZstd(bytes, 4)], [1, 2, 3, 4]);
});

test("a few bytes that stand for billions of steps are refused at once", () => {
  // 98,047 matches of 65,539 bytes each.
  const matches = oneBlock(0x08, 65, 255, 255, 255, 0x54, 0, 1, 52, 0x01);
  assertCode(() => decompressZstd(matches, BYTES_MAX), "CORRUPT", /a block over|bits left/);
  // Weights of a code by a table of one symbol, which takes no bit: there is no end to them.
  const weights = [4, 0xf0, 0x03, 0xff, 0xff];
  const endless = oneBlock(
    0x12,
    0x40 | (weights.length & 3) << 6,
    weights.length >> 2,
    ...weights,
    0,
  );
  assertCode(() => decompressZstd(endless, BYTES_MAX), "CORRUPT", /weights without end/);
  // 50,000 blocks of a byte each, over a window of 32 MiB.
  const blocks = new Uint8Array(6 + 4 * 50_000);
  blocks.set(frame(0x00, 0x78));
  for (let at = 6; at < blocks.length; at += 4) blocks[at] = 1 << 3;
  blocks[blocks.length - 4]! |= 1;
  assert.equal(decompressZstd(blocks, BYTES_MAX).length, 50_000);
});

test("damaged zstd is corrupt or something of bounded size, and the next file is read", () => {
  const names = [...ZSTD_SAMPLES.keys()].filter((name) => !["far", "words_best"].includes(name));
  const contents = new Map(names.map((name) => [name, ZSTD_SAMPLES.get(name)!()]));
  holds(
    fc.property(fc.constantFrom(...names), damage, (name, harm) => {
      const wanted = contents.get(name)!;
      try {
        const { length } = decompressZstd(harm(sample(name)), wanted.length + 10);
        assert.ok(length <= wanted.length + 10);
      } catch (error) {
        assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
      }
      assertBytes(decompressZstd(sample(name), wanted.length), wanted, name);
    }),
    10,
  );
});
