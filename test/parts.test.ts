/** The accounts of a request are divided at any signal, and nothing is lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { divideParts, firstOnes, signalsIn } from "../src/parts.ts";

const PARTS = [{ batchId: 1, signals: 3 }, { batchId: 2, signals: 4 }];

test("the first so many signals are taken, from the batches that came first", () => {
  assert.deepEqual(divideParts(PARTS, firstOnes(0)), { taken: [], rest: PARTS });
  assert.deepEqual(divideParts(PARTS, firstOnes(7)), { taken: PARTS, rest: [] });
  assert.deepEqual(divideParts(PARTS, firstOnes(3)), { taken: [PARTS[0]], rest: [PARTS[1]] });
  assert.deepEqual(divideParts(PARTS, firstOnes(5)), {
    taken: [{ batchId: 1, signals: 3 }, { batchId: 2, signals: 2 }],
    rest: [{ batchId: 2, signals: 2 }],
  });
});

test("whichever signals are taken, each is counted for its own batch", () => {
  const asked: [number, number][] = [];
  const divided = divideParts(PARTS, (from, to) => {
    asked.push([from, to]);
    return from === 0 ? 1 : 3;
  });
  assert.deepEqual(asked, [[0, 3], [3, 7]]);
  assert.deepEqual(divided, {
    taken: [{ batchId: 1, signals: 1 }, { batchId: 2, signals: 3 }],
    rest: [{ batchId: 1, signals: 2 }, { batchId: 2, signals: 1 }],
  });
  assert.equal(signalsIn(divided.taken) + signalsIn(divided.rest), signalsIn(PARTS));
});
