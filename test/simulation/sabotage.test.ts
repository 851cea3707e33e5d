import assert from "node:assert/strict";
import { test } from "node:test";
import { SABOTAGES } from "./sabotage.ts";
import { BrokenPromise, runSchedule } from "./schedule.ts";
import { emptyTally } from "./tally.ts";

// As many as the smoke run has.
const SCHEDULES = 40;
const STEPS = 60;

for (const [name, sabotage] of Object.entries(SABOTAGES)) {
  test(`the simulator finds: ${name}`, async () => {
    const tally = emptyTally();
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      try {
        await runSchedule({ seed, steps: STEPS, tally, sabotage });
      } catch (error) {
        assert.ok(error instanceof BrokenPromise, String(error));
        return;
      }
    }
    assert.fail(`not found in ${SCHEDULES} schedules`);
  });
}
