import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import * as zlib from "node:zlib";
import type { ContentEncoding } from "../src/content.ts";
import { WalqError } from "../src/errors.ts";
import { decompressGzip } from "../src/platform/gzip.ts";
import { compressZstd, decompressZstd } from "../src/platform/zstd.ts";
import { unpack } from "../src/unpack.ts";

const PLATFORM = { decompressZstd, decompressGzip };
const PLAIN = new TextEncoder().encode("walq ".repeat(1_000));
const LACKS_ZSTD = decompressZstd === undefined ? "this runtime has no zstd" : false;

function read(bytes: Uint8Array, encoding: ContentEncoding, bytesMax = 10_000): Uint8Array {
  const { bytes: body, compression } = unpack(bytes, encoding, bytesMax, PLATFORM);
  assert.equal(compression, "none");
  return new Uint8Array(body);
}

function refusal(bytes: Uint8Array, encoding: ContentEncoding, bytesMax?: number): string {
  try {
    return `${read(bytes, encoding, bytesMax).length} bytes`;
  } catch (error) {
    assert.ok(error instanceof WalqError, String(error));
    return `${error.code} ${error.message}`;
  }
}

/** Everything that is wrong in the same way in both. */
function hostile(encoding: "gzip" | "zstd", packed: Uint8Array): void {
  assert.deepEqual(read(packed, encoding), PLAIN);
  assert.deepEqual(read(packed, encoding, PLAIN.length), PLAIN);
  assert.equal(
    refusal(packed, encoding, PLAIN.length - 1),
    "TOO_LARGE Cannot read request: got more than 4999 bytes uncompressed, expected at most that",
  );
  assert.match(refusal(packed.subarray(0, packed.length - 5), encoding), /^INVALID_REQUEST Cannot/);
  assert.match(refusal(packed.subarray(0, 3), encoding), /^INVALID_REQUEST Cannot/);
  assert.match(refusal(PLAIN, encoding), /^INVALID_REQUEST Cannot/);
  const damaged = Uint8Array.from(packed);
  damaged[damaged.length >> 1]! ^= 0xff;
  assert.match(refusal(damaged, encoding), /^INVALID_REQUEST Cannot|^5000 bytes$/);
  assert.deepEqual(read(packed, encoding), PLAIN);
}

test("gzip", () => {
  hostile("gzip", gzipSync(PLAIN));
  const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
  assert.match(refusal(bomb, "gzip", 1024 * 1024), /^TOO_LARGE/);
  // Members one behind the other are one text (RFC 1952, section 2.2).
  const half = PLAIN.length / 2;
  const members = [PLAIN.subarray(0, half), PLAIN.subarray(half)].map((part) => gzipSync(part));
  const both = new Uint8Array(members[0]!.length + members[1]!.length);
  both.set(members[0]!);
  both.set(members[1]!, members[0]!.length);
  assert.deepEqual(read(both, "gzip"), PLAIN);
  assert.match(refusal(both, "gzip", half), /^TOO_LARGE/);
});

test("zstd, and what is sent under it", { skip: LACKS_ZSTD }, () => {
  hostile("zstd", compressZstd!(PLAIN));
  const bomb = zlib.zstdCompressSync(new Uint8Array(64 * 1024 * 1024));
  assert.match(refusal(bomb, "zstd", 1024 * 1024), /^TOO_LARGE/);
});

test("a runtime without zstd says so, and what it can read", () => {
  const without = { decompressGzip, decompressZstd: undefined };
  assert.throws(() => unpack(PLAIN, "zstd", 10_000, without), {
    code: "UNSUPPORTED_CONTENT",
    message: /^Got Content-Encoding "zstd", .* expected "snappy", "gzip" or "identity"$/,
  });
});

test("nothing is taken as it is, and snappy is the kernel's", () => {
  assert.equal(unpack(PLAIN, "identity", 1, PLATFORM).bytes, PLAIN);
  assert.deepEqual(unpack(PLAIN, "snappy", 1, PLATFORM), { bytes: PLAIN, compression: "snappy" });
});
