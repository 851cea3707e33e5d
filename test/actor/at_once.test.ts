import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce } from "../../src/actor/at_once.ts";

test("so many at a time, and the outcomes in order, whoever ends first", async () => {
  let underWay = 0;
  let most = 0;
  const results = await atOnce([5, 1, 4, 2, 3, 0], 3, async (turns) => {
    most = Math.max(most, ++underWay);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    underWay--;
    return turns * 10;
  });
  assert.deepEqual(results, [50, 10, 40, 20, 30, 0]);
  assert.equal(most, 3);
  assert.deepEqual(await atOnce([], 3, () => Promise.reject(new Error("never"))), []);
});

test("when one fails no more begin, and those under way end first", async () => {
  const ended: number[] = [];
  const all = atOnce([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error("no");
    await Promise.resolve();
    ended.push(item);
  });
  await assert.rejects(all, /no/);
  assert.deepEqual(ended, [2]);
});
