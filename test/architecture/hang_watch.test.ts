import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuTicks, HangWatch } from "../../scripts/hang_watch.ts";

const MINUTE_MS = 60_000;

test("who prints nothing and uses no CPU hangs", () => {
  const watch = new HangWatch(0, 0);
  assert.equal(watch.isHanging(4 * MINUTE_MS, 20), false);
  assert.equal(watch.isHanging(5 * MINUTE_MS, 20), true);
});

test("who works does not, however long it prints nothing", () => {
  const watch = new HangWatch(0, 0);
  for (let minute = 1; minute < 60; minute++) {
    assert.equal(watch.isHanging(minute * MINUTE_MS, minute * 150), false);
  }
});

test("nor does who prints, however little it works", () => {
  const watch = new HangWatch(0, 0);
  for (let minute = 4; minute < 60; minute += 4) {
    watch.printed(minute * MINUTE_MS, 0);
    assert.equal(watch.isHanging((minute + 4) * MINUTE_MS, 0), false);
  }
});

test("a process that ends takes its CPU time out of the sum: that is no hang either", () => {
  const watch = new HangWatch(0, 5000);
  assert.equal(watch.isHanging(3 * MINUTE_MS, 200), false);
  assert.equal(watch.isHanging(7 * MINUTE_MS, 210), false);
  assert.equal(watch.isHanging(9 * MINUTE_MS, 210), true);
});

test("who has a bound on silence hangs when that is over, however much it works", () => {
  const watch = new HangWatch(0, 0, 10 * MINUTE_MS);
  watch.printed(3 * MINUTE_MS, 0);
  for (let minute = 4; minute < 13; minute++) {
    assert.equal(watch.isHanging(minute * MINUTE_MS, minute * 150), false);
  }
  assert.equal(watch.isHanging(13 * MINUTE_MS, 13 * 150), true);
});

test("a group of which nothing can be seen does not count as idle", () => {
  const nobody = 2 ** 30;
  const watch = new HangWatch(0, cpuTicks(nobody, 0));
  for (let minute = 1; minute < 60; minute++) {
    assert.equal(watch.isHanging(minute * MINUTE_MS, cpuTicks(nobody, minute * MINUTE_MS)), false);
  }
});
