/** Whose memory a body that came in is, and when it may be another's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BytePool } from "../../src/byte_pool.ts";
import { BodyCollector } from "../../src/receive/body.ts";
import { ByteBudget } from "../../src/receive/budget.ts";

const LENGTH = 10_000;
const LENGTH_MAX = 100_000;

function collector(pool: BytePool, declared: number | undefined): BodyCollector {
  return new BodyCollector(new ByteBudget(LENGTH_MAX), LENGTH_MAX, declared, pool);
}

test("what was put together from chunks is the pool's again when it is released", () => {
  const pool = new BytePool();
  const body = collector(pool, undefined);
  for (const fill of [1, 2]) body.take(new Uint8Array(LENGTH / 2).fill(fill));
  const { buffer } = body.finish();
  body.release();
  assert.ok(pool.freeBytes >= buffer.byteLength, `${pool.freeBytes}`);
  const free = pool.freeBytes;
  body.release();
  assert.equal(pool.freeBytes, free);
});

test("a chunk stays its sender's, also when the sender has it from the same pool", () => {
  const pool = new BytePool();
  // A queue sends to another in its process, and will send this again if it is refused.
  const sent = pool.take(LENGTH);
  const whole = collector(pool, LENGTH);
  whole.take(sent);
  assert.ok(whole.finish().buffer === sent.buffer);
  whole.release();
  assert.equal(pool.freeBytes, 0);
  // Nor when more comes than was declared.
  const longer = collector(pool, LENGTH);
  longer.take(sent);
  longer.take(new Uint8Array(1));
  longer.release();
  assert.ok(pool.take(LENGTH).buffer !== sent.buffer);
});
