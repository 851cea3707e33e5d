import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenPromise } from "../simulation/schedule.ts";
import { SABOTAGES } from "./sabotage.ts";
import { runStreamSchedule } from "./schedule.ts";
import { emptyTally } from "./tally.ts";

/** So many schedules are tried until a fault must have been found. */
const SCHEDULES_MAX = 60;
const STEPS = 40;

for (const [name, plant] of Object.entries(SABOTAGES)) {
  test(`the simulation finds: ${name}`, async () => {
    const takeOut = plant();
    try {
      // Only servers that lose what they acknowledged, as in each seventh schedule, give numbers again.
      const step = name.includes("given again") ? 7 : 1;
      for (let nth = 1; nth <= SCHEDULES_MAX; nth++) {
        try {
          await runStreamSchedule({ seed: nth * step, steps: STEPS, tally: emptyTally() });
        } catch (error) {
          assert.ok(error instanceof BrokenPromise, String((error as Error).stack));
          return;
        }
      }
      assert.fail(`not found in ${SCHEDULES_MAX} schedules`);
    } finally {
      takeOut();
    }
  });
}
