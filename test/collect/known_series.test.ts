import assert from "node:assert/strict";
import { test } from "node:test";
import { SeriesTable } from "../../src/collect/known_series.ts";
import type { GivenLabels } from "../../src/collect/shapes.ts";
import type { Labels } from "../../src/types.ts";

/** A table, and how often labels were made for it. */
function rig(): {
  table: SeriesTable;
  made: () => number;
  see: (round: number, all: readonly GivenLabels[]) => unknown[];
} {
  const table = new SeriesTable();
  let made = 0;
  const make = (name: string, given: GivenLabels): Labels => {
    made++;
    const texts = Object.entries(given).map(([label, value]) => [label, String(value)]);
    return { ...Object.fromEntries(texts), __name__: name };
  };
  const see = (round: number, all: readonly GivenLabels[]): unknown[] => {
    const found = all.map((given, place) => {
      const series = table.find("m", place, "m", given, make);
      series.round = round;
      return series;
    });
    table.trim("m", all.length);
    table.forgetGone(round, new Set(["m"]));
    return found;
  };
  return { table, made: () => made, see };
}

test("series in the order of the round before are known without a text being made", () => {
  const { see, made } = rig();
  const all = Array.from({ length: 100 }, (_, id) => ({ id, path: "/" }));
  const first = see(1, all);
  assert.deepEqual([made(), first.length], [100, 100]);
  const again = see(2, all.map((given) => ({ ...given })));
  assert.equal(made(), 100);
  assert.ok(again.every((series, at) => series === first[at]));
});

test("they are known in another order, with numbers for texts, and behind one that is gone", () => {
  const { see } = rig();
  const [a, b, c] = see(1, [{ id: 1 }, { id: 2 }, { id: 3 }]);
  assert.deepEqual(see(2, [{ id: 3 }, { id: "1" }, { id: 2 }]), [c, a, b]);
  assert.deepEqual(see(3, [{ id: "1" }, { id: 2 }]), [a, b]);
  const [again] = see(4, [{ id: 3 }]);
  assert.notEqual(again, c, "what was gone begins anew");
});

test("labels with the same values under other names are other series", () => {
  const { see } = rig();
  const [a] = see(1, [{ x: "1", y: "" }]);
  const others: GivenLabels[] = [{ y: "1" }, { x: "1", z: "" }, { x: "1" }, {}];
  for (const [at, other] of others.entries()) assert.notEqual(see(2 + at, [other])[0], a);
});

test("series that come and go take no memory", () => {
  const { see, table } = rig();
  for (let round = 1; round < 1_000; round++) {
    see(round, Array.from({ length: 10 }, (_, id) => ({ id: round * 10 + id })));
    assert.equal(table.size, 10);
  }
});
