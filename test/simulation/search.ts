import assert from "node:assert/strict";
import type { Sabotage } from "./sabotage.ts";
import { BrokenPromise, runSchedule } from "./schedule.ts";
import { emptyTally } from "./tally.ts";

/**
 * In so many schedules a sabotage has to be found. The smoke runs of all runtimes have
 * more than twice as many.
 */
export const SCHEDULES = 40;
const STEPS = 60;

/** Whether the schedule of this seed finds the sabotage. */
export async function finds(sabotage: Sabotage, seed: number): Promise<boolean> {
  try {
    await runSchedule({ seed, steps: STEPS, tally: emptyTally(), sabotage });
    return false;
  } catch (error) {
    assert.ok(error instanceof BrokenPromise, String(error));
    return true;
  }
}
