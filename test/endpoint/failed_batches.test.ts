import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedBatches } from "../../src/endpoint/failed_batches.ts";

const BUG = new Error("BUG: planted");

test("a batch is given up after three failures in a row, with the reason of the last", () => {
  const failed = new FailedBatches();
  failed.note([1, 2, 2], BUG);
  failed.note([1], BUG);
  assert.deepEqual([failed.isSuspect(1), failed.isSuspect(2), failed.isSuspect(3)], [
    true,
    true,
    false,
  ]);
  assert.equal(failed.verdict(1), undefined);
  failed.note([1], new Error("another"));
  assert.equal(failed.verdict(1), "the endpoint failed with it 3 times in a row: another");
  assert.equal(failed.verdict(2), undefined);
  failed.forget(1);
  assert.equal(failed.isSuspect(1), false);
});

test("no more than 64 batches are remembered, those that failed last", () => {
  const failed = new FailedBatches();
  failed.note(Array.from({ length: 100 }, (_, id) => id), BUG);
  const suspects = Array.from({ length: 100 }, (_, id) => id).filter((id) => failed.isSuspect(id));
  assert.deepEqual([suspects.length, suspects[0]], [64, 36]);
});
