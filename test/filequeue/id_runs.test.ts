import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IdRuns } from "../../src/store/id_runs.ts";

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
    fc.array(fc.oneof(
      fc.record({ kind: fc.constant("push"), gap: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("shift") }),
      fc.record({ kind: fc.constant("put back") }),
      fc.record({ kind: fc.constant("delete"), id: fc.nat({ max: 20 }) }),
    )),
    (steps) => {
      const runs = new IdRuns();
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
        } else if (step.kind === "delete") {
          const { id } = step as { id: number };
          const at = model.indexOf(id);
          assert.equal(runs.has(id), at >= 0);
          assert.equal(runs.delete(id), at >= 0);
          if (at >= 0) model.splice(at, 1);
        } else {
          runs.unshift(taken.toReversed());
          model.unshift(...taken);
          taken = [];
        }
        assert.equal(runs.size, model.length);
        assert.equal(runs.last, model.at(-1));
        const later = model.filter((id) => id >= 5).slice(0, 3);
        assert.deepEqual(runs.firstFrom(5, 3), later);
      }
      assert.deepEqual(drain(runs), model);
    },
  ));
});

function drain(runs: IdRuns): number[] {
  const ids: number[] = [];
  for (let id = runs.shift(); id !== undefined; id = runs.shift()) ids.push(id);
  return ids;
}
