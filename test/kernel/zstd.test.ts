import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it, test } from "node:test";
import fc from "fast-check";
import { WalqError } from "../../src/errors.ts";
import { decompressFrames } from "../../src/kernel/zstd.ts";
import { decompressZstd } from "../../src/platform/zstd.ts";
import { damage } from "./arbitraries.ts";
import { assertBytes, assertCode, BYTES_MAX, fixture, holds } from "./support.ts";
import { ZSTD_SAMPLES } from "./zstd_samples.ts";

const DIRECTORY = "test/fixtures/zstd";
const SKIPPABLE = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7);
const NAMES = [...ZSTD_SAMPLES.keys()];
const MIB = 1024 * 1024;

function sample(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`${DIRECTORY}/${name}.zst`));
}

/** A frame without a size in its header, over a window of 1 KiB, unless the descriptor says otherwise. */
function frame(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A frame of so many blocks of one same byte each, in 4 bytes a block. */
function repeated(blocks: number, blockBytes: number): Uint8Array {
  const bytes = new Uint8Array(6 + 4 * blocks);
  // A window of 128 KiB, which is how much a block may be.
  bytes.set(frame(0x00, 0x38));
  for (let at = 6; at < bytes.length; at += 4) {
    const isLast = at + 4 === bytes.length;
    const head = (isLast ? 1 : 0) | (1 << 1) | (blockBytes << 3);
    bytes.set([head & 255, (head >> 8) & 255, head >> 16, 65], at);
  }
  return bytes;
}

/** What is given to the runtime; `answer` is what it makes of a frame. */
function given(data: Uint8Array, answer = new Uint8Array()): Uint8Array[] {
  const frames: Uint8Array[] = [];
  decompressFrames(data, BYTES_MAX, (one) => {
    frames.push(one.slice());
    return answer;
  });
  return frames;
}

test("each frame is given to the runtime whole and alone, whatever zstd wrote", () => {
  for (const name of NAMES) assert.deepEqual(given(sample(name)), [sample(name)], name);
  const [words, zeros] = [sample("words_checked"), sample("zeros")];
  const all = join(SKIPPABLE, words, SKIPPABLE, zeros, words, SKIPPABLE);
  assert.deepEqual(given(all), [words, zeros, words]);
  assert.deepEqual(given(SKIPPABLE), []);
  assert.deepEqual(given(new Uint8Array()), []);
});

test("what the frames hold is put together, within what is left of the limit", () => {
  const lefts: number[] = [];
  const one = sample("one_byte");
  const all = decompressFrames(join(one, one, one), 10, (_, left) => {
    lefts.push(left);
    return Uint8Array.of(lefts.length, 9);
  });
  assert.deepEqual([...all], [1, 9, 2, 9, 3, 9]);
  assert.deepEqual(lefts, [10, 8, 6]);
});

test("data cut off anywhere is corrupt, and so is what comes behind a frame and is none", () => {
  for (const name of NAMES) {
    const bytes = sample(name);
    const step = Math.max(1, bytes.length >> 10);
    for (let length = 1; length < bytes.length; length += step) {
      assertCode(() => given(bytes.subarray(0, length)), "CORRUPT", /Cannot read zstd: got/);
    }
    assertCode(() => given(bytes.subarray(0, -1)), "CORRUPT", /Cannot read zstd: got/);
    for (const behind of [[0], [1, 2, 3, 4, 5]]) {
      assertCode(() => given(join(bytes, Uint8Array.from(behind))), "CORRUPT");
    }
  }
  assertCode(() => given(SKIPPABLE.subarray(0, 9)), "CORRUPT", /2 bytes at byte|9 bytes at byte/);
});

test("what is no frame is told, and more of them than anybody writes", () => {
  const refused = (bytes: Uint8Array, pattern: RegExp) =>
    assertCode(() => given(bytes), "CORRUPT", pattern);
  refused(Uint8Array.of(1, 2, 3, 4, 5), /0x4030201 at byte 0, wanted a frame/);
  refused(frame(0x00, 0x00, 0x07, 0, 0), /a block of type 3 at byte 6/);
  const empty = sample("empty");
  assert.equal(given(join(...Array.from({ length: 64 }, () => empty))).length, 64);
  refused(join(...Array.from({ length: 65 }, () => empty)), /more than 64 frames/);
});

describe("zstd", {
  skip: decompressZstd === undefined ? "this runtime has no zstd" : false,
}, () => {
  const decompress = (data: Uint8Array, bytesMax: number) =>
    decompressFrames(data, bytesMax, decompressZstd!);

  it("reads what zstd wrote as it was, whatever the level and the header", () => {
    const files = readdirSync(DIRECTORY).filter((name) => name.endsWith(".zst"));
    assert.deepEqual(files.sort(), NAMES.map((name) => `${name}.zst`).sort());
    for (const [name, content] of ZSTD_SAMPLES) {
      assertBytes(decompress(sample(name), BYTES_MAX), content(), name);
    }
    const plain = fixture("alloy-v2-metrics.bin");
    assertBytes(decompress(fixture("alloy-v2-metrics.zst"), BYTES_MAX), plain, "the records");
  });

  it("reads frames that follow each other, up to the limit of all", () => {
    const words = sample("words_checked");
    const zeros = sample("zeros");
    const all = join(SKIPPABLE, words, SKIPPABLE, zeros, words);
    const contents = ["words_checked", "zeros", "words_checked"];
    const wanted = join(...contents.map((name) => ZSTD_SAMPLES.get(name)!()));
    assertBytes(decompress(all, wanted.length), wanted, "all frames");
    assertCode(() => decompress(all, wanted.length - 1), "CORRUPT", /more than \d+ bytes/);
    assert.equal(decompress(join(words, sample("empty")), 3000).length, 3000);
    assertCode(() => decompress(join(words, sample("one_byte")), 3000), "CORRUPT", /more than 0/);
  });

  it("holds the limit to the byte, whether the header tells a size or not", () => {
    for (const name of ["words_fast", "words_streamed", "zeros", "one_byte"]) {
      const { length } = ZSTD_SAMPLES.get(name)!();
      assert.equal(decompress(sample(name), length).length, length);
      assertCode(() => decompress(sample(name), length - 1), "CORRUPT", /bytes uncompressed/);
    }
  });

  it("stops at the limit in what would be a gibibyte", () => {
    const bomb = repeated(8192, 128 * 1024);
    assert.ok(bomb.length < 40_000);
    assertCode(() => decompress(bomb, MIB), "CORRUPT", /more than 1048576 bytes uncompressed/);
    assert.equal(decompress(repeated(8, 128 * 1024), MIB).length, MIB);
  });

  it("tells what is wrong within a frame", () => {
    const refused = (bytes: Uint8Array) =>
      assertCode(() => decompress(bytes, BYTES_MAX), "CORRUPT", /Cannot decompress zstd: \w/);
    const words = sample("words_checked");
    words[words.length - 1]! ^= 1;
    refused(words);
    // A dictionary that nobody has.
    refused(frame(0x01, 0x00, 0x07, 0x01, 0, 0));
    // A size of 5 and a last block of 4.
    refused(frame(0x20, 5, 0x21, 0, 0, 1, 2, 3, 4));
    // One byte, 131,073 times.
    refused(frame(0x00, 0x38, 0x03 | 0x08, 0x00, 0x10, 65));
    // A window of which nobody has the memory.
    refused(frame(0x00, 0xff, 0x21, 0, 0, 1, 2, 3, 4));
  });

  it("reads many small blocks over a large window", () => {
    assert.equal(decompress(repeated(50_000, 1), BYTES_MAX).length, 50_000);
  });

  it("makes of damaged data something of bounded size or an error, and reads the next", () => {
    const names = NAMES.filter((name) => !["far", "words_best"].includes(name));
    const contents = new Map(names.map((name) => [name, ZSTD_SAMPLES.get(name)!()]));
    holds(
      fc.property(fc.constantFrom(...names), damage, (name, harm) => {
        const wanted = contents.get(name)!;
        try {
          const { length } = decompress(harm(sample(name)), wanted.length + 10);
          assert.ok(length <= wanted.length + 10);
        } catch (error) {
          assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
        }
        assertBytes(decompress(sample(name), wanted.length), wanted, name);
      }),
      10,
    );
  });
});
