import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IdRuns } from "../../src/store/id_runs.ts";
import { RunBlock } from "../../src/store/run_block.ts";

test("ids come out in order, over gaps", () => {
  const runs = new IdRuns();
  for (const id of [3, 4, 5, 9, 11, 12]) runs.push(id);
  assert.equal(runs.size, 6);
  assert.deepEqual(drain(runs), [3, 4, 5, 9, 11, 12]);
  assert.equal(runs.shift(), undefined);
});

test("an id that is not larger is a bug", () => {
  const runs = new IdRuns();
  runs.push(5);
  assert.throws(() => runs.push(5), /BUG/);
});

test("it behaves as a sorted array does", () => {
  fc.assert(fc.property(
    // With two runs a block most of it is packed at each moment.
    fc.constantFrom(2, 3, 512),
    fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("push"), gap: fc.integer({ min: 1, max: 3 }) }),
        fc.record({ kind: fc.constant("shift") }),
        fc.record({ kind: fc.constant("shift from"), id: fc.nat({ max: 60 }) }),
        fc.record({ kind: fc.constant("put back") }),
        fc.record({ kind: fc.constant("delete"), id: fc.nat({ max: 60 }) }),
      ),
      { size: "large" },
    ),
    (runsMax, steps) => {
      const runs = new IdRuns(runsMax);
      const model: number[] = [];
      let taken: number[] = [];
      let last = 0;
      for (const step of steps) {
        if (step.kind === "push") {
          last += (step as { gap: number }).gap;
          runs.push(last);
          model.push(last);
        } else if (step.kind === "shift") {
          const id = model.shift();
          assert.equal(runs.shift(), id);
          if (id !== undefined) taken.push(id);
        } else if (step.kind === "shift from") {
          const { id: from } = step as { id: number };
          const at = model.findIndex((id) => id >= from);
          assert.equal(runs.shiftFrom(from), at < 0 ? undefined : model[at]);
          if (at >= 0) taken.push(...model.splice(at, 1));
        } else if (step.kind === "delete") {
          const { id } = step as { id: number };
          const at = model.indexOf(id);
          assert.equal(runs.has(id), at >= 0);
          assert.equal(runs.delete(id), at >= 0);
          if (at >= 0) model.splice(at, 1);
        } else {
          runs.unshift(taken.toReversed());
          model.push(...taken);
          model.sort((a, b) => a - b);
          taken = [];
        }
        assert.equal(runs.size, model.length);
        assert.equal(runs.last, model.at(-1));
        assert.equal(runs.first, model[0]);
        assert.deepEqual(runs.firstRun, runOf(model));
        for (const from of [5, 23]) {
          const later = model.filter((id) => id >= from);
          assert.deepEqual(runs.firstFrom(from, 3), later.slice(0, 3));
          assert.equal(runs.nextFrom(from), later[0]);
          const before = model.filter((id) => id < from);
          assert.deepEqual(runs.lastBelow(from, 3), before.toReversed().slice(0, 3));
          assert.equal(runs.countBetween(from, 40), later.filter((id) => id < 40).length);
        }
      }
      assert.deepEqual(drain(runs), model);
    },
  ));
});

test("of a stream that others have a part of, an id takes two or three bytes", () => {
  const from = 2 ** 52;
  const runs = Array.from({ length: 500 }, (_, at) => {
    const first = from + at * 200 + at % 7;
    return { first, last: first + at % 2 };
  });
  const block = new RunBlock(structuredClone(runs));
  const size = block.size;
  assert.ok(block.pack() <= 3 * runs.length + 8);
  assert.deepEqual([block.first, block.last, block.size], [from, runs.at(-1)!.last, size]);
  assert.deepEqual(block.runs, runs);
});

test("what is put back into the middle of many, and taken again, is found", () => {
  const ids = Array.from({ length: 5000 }, (_, at) => at * 3);
  const runs = new IdRuns();
  for (const id of ids) runs.push(id);
  const some = ids.filter((id) => id % 2 === 0);
  for (const id of some) assert.ok(runs.delete(id));
  assert.equal(runs.countBetween(0, Infinity), ids.length - some.length);
  runs.unshift(some);
  assert.throws(() => runs.unshift([3000]), /BUG/);
  assert.deepEqual(drain(runs), ids);
});

/** The first one and those that follow it. */
function runOf(ids: readonly number[]): { first: number; last: number } | undefined {
  const [first] = ids;
  if (first === undefined) return undefined;
  const length = ids.findIndex((id, at) => id !== first + at);
  return { first, last: first + (length < 0 ? ids.length : length) - 1 };
}

function drain(runs: IdRuns): number[] {
  const ids: number[] = [];
  for (let id = runs.shift(); id !== undefined; id = runs.shift()) ids.push(id);
  return ids;
}
