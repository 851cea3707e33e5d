import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/testing/memory.ts";
import { FanOut } from "../../src/serializer/fan_out.ts";
import { type Write, Writes, WRITES_AT_ONCE } from "../../src/serializer/writes.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

function writeOf(bytes: number): Write {
  const fanOut = new FanOut([{ partition: 0, batch: fakeBatch(1) }]);
  return { fanOut, signals: 1, bytes, waiters: [], hasVolatile: false };
}

function start() {
  const clock = new VirtualClock();
  let room = 0;
  const dependencies = {
    clock,
    logger: new MemoryLogger(),
    onRoom: () => room++,
    onRetained: () => {},
  };
  return { clock, writes: new Writes(dependencies, []), room: () => room };
}

test("a few batches are written at once", async () => {
  const { writes, room } = start();
  for (let begun = 0; begun < WRITES_AT_ONCE; begun++) {
    assert.ok(writes.hasRoom, `${begun}`);
    writes.begin(writeOf(1));
  }
  assert.ok(!writes.hasRoom);
  assert.equal(writes.signals, WRITES_AT_ONCE);
  await writes.settled;
  assert.ok(writes.hasRoom);
  assert.equal(room(), WRITES_AT_ONCE);
});

test("large batches do not pile up: memory stays bounded", async () => {
  const { writes } = start();
  writes.begin(writeOf(10 * 1024 * 1024));
  assert.ok(writes.hasRoom);
  writes.begin(writeOf(100 * 1024 * 1024));
  assert.ok(!writes.hasRoom);
  await writes.settled;
  assert.ok(writes.hasRoom);
});
