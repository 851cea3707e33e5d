import assert from "node:assert/strict";
import { test } from "node:test";
import { mistakenUnit, TIMESTAMP_MS_MAX, unitFault } from "../src/time_unit.ts";

const NOW_MS = Date.UTC(2026, 10, 20);

test("a timestamp of our time in another unit is known by its size", () => {
  for (const nowMs of [Date.UTC(1975, 0), NOW_MS, Date.UTC(2200, 0)]) {
    assert.equal(mistakenUnit(Math.floor(nowMs / 1000)), "seconds");
    assert.equal(mistakenUnit(nowMs), undefined);
    assert.equal(mistakenUnit(nowMs * 1e3), "microseconds");
    assert.equal(mistakenUnit(nowMs * 1e6), "nanoseconds");
  }
});

test("what is no time in milliseconds is said so; what may be one is not", () => {
  assert.equal(unitFault(1_795_132_800), "1795132800 looks like seconds, expected milliseconds");
  assert.match(unitFault(Infinity)!, /^Infinity is no time in milliseconds/);
  assert.match(unitFault(5e16)!, /is no time in milliseconds, expected at most 99999999999999$/);
  for (const timeMs of [-5, 0, 1, 1e7, NOW_MS, Date.UTC(3000, 0), TIMESTAMP_MS_MAX, NaN]) {
    assert.equal(unitFault(timeMs), undefined);
  }
});
