/**
 * A queue in a stream on three real servers, with processes of walq on all runtimes, of which
 * any is killed: `npm run chaos` does it for longer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../src/testing/memory.ts";
import { runChaos } from "./chaos/chaos.ts";
import { missing } from "./support/installed.ts";

const INTAKES = 2;
const SERIES = 50;
const EVERY_MS = 500;
/** A lease that ends unheard, and what is waited until another one takes its partitions. */
const UNWRITTEN_MS = 25_000;

test("what was acknowledged arrives in order, whoever is killed", {
  skip: missing("nats-server"),
}, async () => {
  const lines: string[] = [];
  const { acked, missing: lost, overtaken, duplicates, kills } = await runChaos({
    seconds: 40,
    intakes: INTAKES,
    senders: 3,
    partitions: 8,
    series: SERIES,
    everyMs: EVERY_MS,
    killEveryMs: 5_000,
    runtimes: ["node", "deno", "bun"],
    // Two that are killed at once may cost what nats-server 2.9 had acknowledged: docs/nats.md.
    serversDownMax: 1,
    random: seededRandom(1),
    note: (line) => lines.push(line),
  });
  const told = lines.join("\n");
  assert.ok(acked > 0, told);
  assert.deepEqual({ lost, overtaken }, { lost: 0, overtaken: 0 }, told);
  const killed = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const duplicatesMax = killed * INTAKES * SERIES * (UNWRITTEN_MS / EVERY_MS);
  assert.ok(duplicates <= duplicatesMax, `${duplicates} duplicates\n${told}`);
});
