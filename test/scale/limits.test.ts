/** Limits that a plan repeats, beside the code that has them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, NATS_LIMITS, PIECES } from "../../scripts/scale/limits.ts";
import type { StorableBatch } from "../../src/contracts.ts";
import { outgoing } from "../../src/jetstream/messages.ts";
import { StreamSubjects } from "../../src/jetstream/subjects.ts";

function batchOf(bytes: number): StorableBatch {
  return {
    batch: {
      format: "walq.metrics.v1",
      compression: "snappy",
      data: new Uint8Array(bytes),
      uncompressedBytes: bytes,
      series: 1,
      metadata: 0,
      kinds: { samples: 1, histograms: 0, exemplars: 0, metadata: 0 },
      strings: 0,
      oldestMs: 0,
      newestMs: 0,
      checksum: "xxh64:0000000000000000",
    },
  };
}

test("a batch goes into so many messages, and no more", () => {
  const messageBytesMax = 2 * PIECES.headersBytes;
  const roomBytes = PIECES.max * (messageBytesMax - PIECES.headersBytes);
  const settings = { messageBytesMax, subjects: new StreamSubjects("s") };
  // What is around the data is some hundred bytes.
  assert.equal(outgoing(batchOf(roomBytes - 1_000), settings).pieces.length, PIECES.max - 1);
  assert.throws(() => outgoing(batchOf(roomBytes), settings), /128 messages/);
});

test("limits are numbers that mean something", () => {
  for (const [name, value] of Object.entries({ ...LIMITS, ...NATS_LIMITS })) {
    assert.ok(Number.isFinite(value) && value > 0, name);
  }
});
