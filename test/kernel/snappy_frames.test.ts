/** Snappy's frames, by framing_format.txt; blocks by hysnappy, checksums known from RFC 3720. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UnpackedTooLargeError, WalqError } from "../../src/errors.ts";
import { decompressSnappyFrames } from "../../src/kernel/snappy_frames.ts";
import { chunk, framed, MAGIC } from "../support/snappy_frames.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(bytes: Uint8Array): string {
  try {
    decompressSnappyFrames(bytes, 1e6);
  } catch (error) {
    assert.ok(error instanceof WalqError && error.code === "CORRUPT");
    return error.message;
  }
  return "taken";
}

test("32 bytes of zeros have the checksum of RFC 3720, masked", () => {
  // 8a9136aa there, as a number; rotated by 15 bits, and 0xa282ead8 more.
  const crc = 0x8a9136aa;
  const masked = (((crc >>> 15 | crc << 17) >>> 0) + 0xa282ead8) >>> 0;
  const bytes = Uint8Array.from([
    ...MAGIC,
    ...[1, 36, 0, 0],
    ...[masked & 255, masked >>> 8 & 255, masked >>> 16 & 255, masked >>> 24],
    ...new Uint8Array(32),
  ]);
  assert.deepEqual(decompressSnappyFrames(bytes, 32), new Uint8Array(32));
});

test("chunks of both kinds are joined; padding and what may be skipped is", () => {
  const long = encode(Array.from({ length: 9000 }, (_, at) => `line ${at % 77} `).join(""));
  const bytes = Uint8Array.from([
    ...framed(long),
    ...[0xfe, 2, 0, 0, 9, 9],
    ...[0x80, 1, 0, 0, 9],
    ...chunk(1, encode("end")),
    ...MAGIC,
  ]);
  assert.deepEqual(
    decompressSnappyFrames(bytes, 1e6),
    Uint8Array.from([...long, ...encode("end")]),
  );
  assert.throws(() => decompressSnappyFrames(bytes, long.length), UnpackedTooLargeError);
  assert.deepEqual(decompressSnappyFrames(new Uint8Array(), 0), new Uint8Array());
});

test("what is broken is refused, with its place", () => {
  const good = framed(encode("some text, some text, some text"));
  assert.equal(refusal(good), "taken");
  for (let cut = MAGIC.length + 1; cut < good.length; cut++) {
    assert.match(refusal(good.subarray(0, cut)), /at byte 10, wanted/);
  }
  assert.match(refusal(good.subarray(MAGIC.length)), /at byte 0, wanted the chunk "sNaPpY"/);
  assert.match(refusal(Uint8Array.from([...MAGIC, 2, 0, 0, 0])), /a type that is known/);
  const changed = good.with(MAGIC.length + 4, good[MAGIC.length + 4]! ^ 1);
  assert.match(
    refusal(changed),
    /got the checksum 0x\w{8} of the chunk at byte 10, wanted 0x\w{8}$/,
  );
  for (let at = 0; at < good.length; at++) {
    const flipped = good.slice();
    flipped[at]! ^= 1;
    // A chunk that became one to skip would be lost in silence: no bit makes it one.
    assert.notEqual(refusal(flipped), "taken", `byte ${at}`);
  }
});

test("a block that claims much costs nothing", () => {
  const claim = [0xff, 0xff, 0xff, 0xff, 0x0f];
  const bytes = Uint8Array.from([...MAGIC, 0, 9, 0, 0, 0, 0, 0, 0, ...claim]);
  assert.match(refusal(bytes), /wanted/);
});
