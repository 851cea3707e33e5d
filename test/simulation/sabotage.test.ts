import assert from "node:assert/strict";
import { test } from "node:test";
import { SABOTAGES } from "./sabotage.ts";
import { BrokenPromise, runSchedule } from "./schedule.ts";
import { emptyTally } from "./tally.ts";

// The smoke runs of all runtimes have more than twice as many.
const SCHEDULES = 40;
const STEPS = 60;

/**
 * Seeds that find them soon, and are tried first. When the simulator has changed, others
 * may: the time that this file takes says that it is time to look for them.
 */
const FOUND_BY: Readonly<Record<string, number>> = {
  "ignore the owner whose lock was removed": 13,
  "overwrite an id that is in use": 37,
  "remove the fsync": 3,
  "remove the fsync of the directory": 2,
  "give the name before the bytes": 18,
  "swallow a failed write": 29,
  "delete before ack": 1,
  "ack before the endpoint has answered": 2,
  "take a 503 for a success": 12,
  "take the success of one that does not know 2.0 for one": 8,
  "take what was written in part for all": 10,
  "drop what the receiver does not understand": 21,
  "ack before all shards are done": 1,
  "resend after reshard without waiting": 4,
  "change the number of shards while requests are under way": 30,
  "forget the leases at a restart of the endpoint": 4,
  "send the second half of a split request first": 12,
  "lose the second half of a split request": 12,
  "acknowledge before it is stored": 7,
  "let newer batches pass one that is kept": 13,
  "never sync what was to be synced later": 7,
  "take in more than can be synced in time": 35,
  "judge what comes in by the wall clock": 33,
  "judge what is on disk by the wall clock": 20,
  "let whoever has its turn send all that it has": 19,
  "store for the first endpoint alone": 5,
  "take a 401 for a rejection": 10,
  "forget half of what was too large": 23,
  "give a set what rules made of another": 33,
  "go by what the rules of before made of a set": 18,
  "count what rules drop as delivered": 24,
  "give what rules drop no outcome": 16,
  "send what rules drop": 33,
};

for (const [name, sabotage] of Object.entries(SABOTAGES)) {
  test(`the simulator finds: ${name}`, async () => {
    const tally = emptyTally();
    const first = FOUND_BY[name] ?? 1;
    for (let i = 0; i < SCHEDULES; i++) {
      const seed = (first - 1 + i) % SCHEDULES + 1;
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
