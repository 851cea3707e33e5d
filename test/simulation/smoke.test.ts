import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSeedHere } from "../support/own_seeds.ts";
import { runSchedule } from "./schedule.ts";
import { emptyTally } from "./tally.ts";

// A failure says its seed: npm run simulate -- --seed <seed> --steps 60 --schedules 1
const SCHEDULES = 6;
const FIRST_SEEDS = [0, 1000, 2000, 3000].map((seed) => seed + firstSeedHere(SCHEDULES));
const STEPS = 60;

for (const firstSeed of FIRST_SEEDS) {
  test(`no promise is broken, seeds ${firstSeed} to ${firstSeed + SCHEDULES - 1}`, async () => {
    const tally = emptyTally();
    for (let seed = firstSeed; seed < firstSeed + SCHEDULES; seed++) {
      await runSchedule({ seed, steps: STEPS, tally });
    }
  });
}

test("a seed replays exactly", async () => {
  const first = emptyTally();
  const again = emptyTally();
  const trace = await runSchedule({ seed: 78, steps: STEPS, tally: first });
  assert.deepEqual(await runSchedule({ seed: 78, steps: STEPS, tally: again }), trace);
  assert.deepEqual(again, first);
  assert.ok(first.acknowledged > 0 && first.delivered >= first.acknowledged);
});
