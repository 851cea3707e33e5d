import assert from "node:assert/strict";
import { test } from "node:test";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { DOWN, NAMES, SLOW } from "./endpoints.ts";
import { between, figuresOf } from "./figures.ts";
import { type Day, runDay } from "./run_day.ts";
import { daySvg } from "./svg.ts";

let day: Day;

// The long one: npm run day.
test("a short day before four endpoints", async () => {
  await loadKernel();
  day = await runDay(1, 1);
  assert.equal(figuresOf(day).length, NAMES.length);
});

test("an endpoint that keeps up, and one that says that it is asked too much, get no more", () => {
  for (const { name, changes, shardsMax } of figuresOf(day)) {
    if (name === "fast" || name === "limited") assert.deepEqual([changes, shardsMax], [0, 2], name);
  }
});

test("a slow endpoint gets as many as it needs, and the number does not flap", () => {
  const slow = figuresOf(day).find(({ name }) => name === "slow")!;
  assert.ok(slow.shardsMax > 4 && slow.shardsMax < 30, `${slow.shardsMax} shards`);
  assert.ok(slow.changes <= 16, `${slow.changes} changes`);
  assert.ok(slow.isThrough);
});

test("nothing changes while an endpoint is down, and it catches up when it is back", () => {
  // What was seen up to a minute before may take effect still.
  const down = between(day, "recovering", DOWN[0] + 1 / 60, DOWN[1]);
  assert.ok(down.length > 0 && down.every(({ errors }) => errors > 0));
  assert.equal(new Set(down.map(({ shards }) => shards)).size, 1);
  const slow = between(day, "recovering", ...SLOW);
  assert.ok(Math.max(...slow.map(({ shards }) => shards)) > down[0]!.shards);
  const recovering = figuresOf(day).find(({ name }) => name === "recovering")!;
  assert.ok(recovering.isThrough);
});

test("a picture of it has three panels with their units, and is the same each time", () => {
  const svg = daySvg(day, "slow");
  for (const unit of ["connections", "drift, minutes", "errors a minute"]) {
    assert.ok(svg.includes(`>${unit}</text>`), unit);
  }
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
  assert.equal(daySvg(day, "slow"), svg);
});
