import assert from "node:assert/strict";
import { test } from "node:test";
import { snappyLiteral, unsnappy } from "../../src/agent/demo/snappy.ts";
import { countSignals, encodeWriteRequest } from "../../src/agent/demo/wire.ts";
import { compress, uncompress } from "../support/hysnappy.ts";
import { decodePlainRequest } from "../support/remote_write_v1.ts";

test("the demo's requests are what an independent reader expects", () => {
  const samples = Array.from({ length: 300 }, (_, index) => ({
    labels: { __name__: "m", b: String(index), a: "größe" },
    timestampMs: 1_700_000_000_000 + index,
    value: index / 3,
  }));
  const plain = encodeWriteRequest(samples);
  const read = decodePlainRequest(plain);
  assert.equal(read.length, 300);
  assert.deepEqual(read[2]!.labels, [["__name__", "m"], ["a", "größe"], ["b", "2"]]);
  assert.equal(read[2]!.samples[0]!.timestampMs, 1_700_000_000_002n);
  assert.equal(countSignals(plain), 300);
  assert.deepEqual(uncompress(snappyLiteral(plain)), plain);
  assert.deepEqual(unsnappy(snappyLiteral(plain)), plain);
  assert.deepEqual(unsnappy(compress(plain)), plain);
});
