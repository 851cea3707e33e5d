/** Timers of virtual time: taken as a plain list of them would be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Timer, Timers } from "../../src/testing/timers.ts";
import { diceOf } from "../hostile/mutate.ts";

test("the timer that is due first is taken first, and of two of one time the one that was set first", () => {
  const dice = diceOf(7);
  const timers = new Timers();
  let model: Timer[] = [];
  let nowMs = 0;
  let taken = 0;
  for (let step = 0; step < 5_000; step++) {
    const choice = dice();
    if (choice < 0.5) {
      model.push(timers.add(nowMs + Math.floor(dice() * 50), () => {}));
    } else if (choice < 0.65 && model.length > 0) {
      const one = model[Math.floor(dice() * model.length)]!;
      timers.cancel(one);
      timers.cancel(one);
      model = model.filter((other) => other !== one);
    } else {
      const endMs = nowMs + Math.floor(dice() * 10);
      const [first] = model.filter(({ dueMs }) => dueMs <= endMs)
        .toSorted((a, b) => a.dueMs - b.dueMs || a.number - b.number);
      assert.equal(timers.takeBy(endMs), first);
      if (first !== undefined) {
        model = model.filter((other) => other !== first);
        // It was taken: that it is cancelled now changes nothing.
        timers.cancel(first);
        nowMs = first.dueMs;
        taken++;
      } else nowMs = endMs;
    }
    assert.equal(timers.size, model.length);
  }
  assert.ok(taken > 1_000, `${taken} taken`);
});
