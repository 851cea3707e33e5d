import assert from "node:assert/strict";
import { test } from "node:test";
import { FOUND_BY } from "./found_by.ts";
import { SABOTAGES } from "./sabotage.ts";
import { finds, SCHEDULES } from "./search.ts";

/** Schedules that all sabotages together take before somebody is told that this is much. */
const SCHEDULES_MANY = 2 * Object.keys(SABOTAGES).length;

let schedules = 0;

for (const [name, sabotage] of Object.entries(SABOTAGES)) {
  test(`the simulator finds: ${name}`, async () => {
    const first = FOUND_BY[name] ?? 1;
    for (let tried = 0; tried < SCHEDULES; tried++) {
      schedules++;
      if (await finds(sabotage, (first - 1 + tried) % SCHEDULES + 1)) return;
    }
    assert.fail(`not found in ${SCHEDULES} schedules`);
  });
}

test("how many schedules that takes is told when it is many", () => {
  assert.ok(schedules >= Object.keys(SABOTAGES).length);
  if (schedules < SCHEDULES_MANY) return;
  console.log(`note: sabotages took ${schedules} schedules: npm run build:sabotages finds others`);
});
