/** What a plan reads of a benchmark's file. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamCost } from "../../bench/stream_cost.ts";
import { wayOf } from "../../scripts/scale/measured.ts";
import { streamCost } from "../bench/stream_cost_of.ts";

test("a way is the median of its rounds, for each sample, with its senders together", () => {
  const rounds: StreamCost[] = [1, 2, 9].map((factor) => streamCost({ factor, senders: 2 }));
  const way = wayOf("two senders", 3, rounds);
  assert.equal(way.replicas, 3);
  assert.equal(way.senders, 2);
  // 1,000 samples; each process takes 1 ms, by the factor of the round.
  assert.deepEqual(way.cpuUs, { intake: 2, sender: 4, "nats-server": 2 });
  assert.equal(way.leaderUs, 1);
  assert.equal(wayOf("one copy", 1, rounds).leaderUs, 2);
  assert.deepEqual(
    [way.messages, way.requests, way.records, way.held.bytes],
    [0.01, 0.002, 0.004, 15],
  );
});
