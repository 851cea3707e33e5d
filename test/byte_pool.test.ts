import assert from "node:assert/strict";
import { test } from "node:test";
import { BytePool } from "../src/byte_pool.ts";

const KIB = 1024;

test("memory that was given back is used again for what fits into it", () => {
  const pool = new BytePool();
  const first = pool.take(60 * KIB);
  pool.give(first);
  const second = pool.take(60 * KIB - 1);
  assert.ok(second.buffer === first.buffer);
  assert.equal(second.length, 60 * KIB - 1);
  assert.equal(pool.freeBytes, 0);
});

test("what was not given back is nobody else's", () => {
  const pool = new BytePool();
  const [first, second] = [pool.take(60 * KIB), pool.take(60 * KIB)];
  assert.ok(first.buffer !== second.buffer);
});

test("giving back twice, or what was never taken, does nothing", () => {
  const pool = new BytePool();
  const taken = pool.take(5000);
  pool.give(taken.subarray(100));
  pool.give(taken);
  pool.give(new Uint8Array(5000));
  assert.ok(pool.take(5000).buffer !== pool.take(5000).buffer);
});

test("an eighth of a body at most is left over", () => {
  const pool = new BytePool();
  for (let length = 4 * KIB; length <= KIB * KIB; length += 997) {
    const { buffer } = pool.take(length);
    assert.ok(buffer.byteLength >= length && buffer.byteLength <= length * 1.125, `${length}`);
  }
});

test("what waits is bounded, and what is small or large does not wait", () => {
  const pool = new BytePool();
  const taken = Array.from({ length: 100 }, () => pool.take(100 * KIB));
  for (const bytes of taken) pool.give(bytes);
  assert.ok(pool.freeBytes > 3 * KIB * KIB && pool.freeBytes <= 4 * KIB * KIB, `${pool.freeBytes}`);
  const before = pool.freeBytes;
  for (const length of [0, 1, 4 * KIB - 1, KIB * KIB + 1]) {
    const bytes = pool.take(length);
    assert.equal(bytes.length, length);
    pool.give(bytes);
  }
  assert.equal(pool.freeBytes, before);
});

test("sizes that nobody asks for any more make room for others, and no more of it than is needed", () => {
  const pool = new BytePool();
  const large = Array.from({ length: 4 }, () => pool.take(1024 * KIB));
  for (const bytes of large) pool.give(bytes);
  assert.equal(pool.freeBytes, 4096 * KIB);
  const small = pool.take(20 * KIB);
  pool.give(small);
  assert.equal(pool.freeBytes, (3 * 1024 + 20) * KIB);
  assert.ok(pool.take(20 * KIB).buffer === small.buffer);
  // Asked for again, the large ones are the newer ones, and then the small one is.
  const again = Array.from({ length: 4 }, () => pool.take(1024 * KIB));
  pool.give(small);
  for (const bytes of again) pool.give(bytes);
  assert.equal(pool.freeBytes, 4096 * KIB);
  pool.give(pool.take(20 * KIB));
  assert.equal(pool.freeBytes, (3 * 1024 + 20) * KIB);
});

test("memory that was moved to another thread is not used again", () => {
  const pool = new BytePool();
  const moved = pool.take(5000);
  structuredClone(moved, { transfer: [moved.buffer as ArrayBuffer] });
  pool.give(moved);
  assert.equal(pool.freeBytes, 0);
  assert.equal(pool.take(5000).length, 5000);
});
