/** Short crash rounds on every runtime; `npm run rounds` has the long ones. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../src/testing/memory.ts";
import { isFine, runRound } from "./rounds/round.ts";
import { RUNTIMES } from "./support/walq.ts";

const ROUNDS = 3;
const SAMPLES = 100_000;

describe("killed with SIGKILL while the endpoint is down", () => {
  for (const runtime of RUNTIMES) {
    it(`${runtime}: every acknowledged sample arrives, ${ROUNDS} rounds`, async (context) => {
      for (let round = 0; round < ROUNDS; round++) {
        const seed = Date.now() % 1_000_000;
        const result = await runRound({ runtime, samples: SAMPLES, random: seededRandom(seed) });
        const told = `seed ${seed}: ${JSON.stringify(result)}`;
        context.diagnostic(told);
        assert.ok(isFine(result), told);
        assert.equal(result.acked, SAMPLES);
      }
    });
  }
});
