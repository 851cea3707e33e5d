/**
 * Crash rounds, with real processes: `npm run rounds -- --rounds 20 --samples
 * 1000000 --runtime all --seed 1`. Exits with 1 when anything was lost, or more
 * was sent twice than a kill can explain.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom } from "../src/testing/memory.ts";
import { isFine, type RoundResult, runRound } from "../test/peers/rounds/round.ts";
import { type Runtime, RUNTIMES } from "../test/peers/support/walq.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    samples: { type: "string", default: "1000000" },
    runtime: { type: "string", default: "node" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const runtimes = runtimesOf(values.runtime);
const results = new Map<Runtime, readonly RoundResult[]>();
for (const runtime of runtimes) results.set(runtime, await runRounds(runtime));
for (const [runtime, ofRuntime] of results) console.log(`${runtime}: ${summaryOf(ofRuntime)}`);
const all = [...results.values()].flat();
if (runtimes.length > 1) console.log(`total: ${summaryOf(all)}`);
process.exitCode = all.every(isFine) ? 0 : 1;

function runtimesOf(name: string): readonly Runtime[] {
  if (name === "all") return RUNTIMES;
  const runtime = RUNTIMES.find((known) => known === name);
  if (!runtime) throw new Error(`--runtime: got "${name}", expected node, deno, bun or all`);
  return [runtime];
}

async function runRounds(runtime: Runtime): Promise<readonly RoundResult[]> {
  const rounds = Number(values.rounds);
  console.log(
    `${rounds} rounds of ${values.samples} samples under ${runtime}, seed ${values.seed}`,
  );
  const results: RoundResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    // A round of its own seed: `--rounds 1 --seed <that>` plays it again.
    const seed = Number(values.seed) + round - 1;
    const result = await runRound({
      runtime,
      samples: Number(values.samples),
      random: seededRandom(seed),
    });
    results.push(result);
    console.log(`round ${round}, seed ${seed}: ${lineOf(result)}`);
  }
  return results;
}

function summaryOf(results: readonly RoundResult[]): string {
  const sum = (pick: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const failed = results.filter((result) => !isFine(result)).length;
  return `${results.length} rounds, ${sum((one) => one.kills.length)} kills; ` +
    `acknowledged ${sum((one) => one.acked)}, acknowledged and not delivered ${
      sum((one) => one.missing)
    }; ` +
    `duplicates ${sum((one) => one.duplicates)} (bound ${sum((one) => one.duplicatesMax)}), ` +
    `wrong ${sum((one) => one.wrong)}, overtaken ${sum((one) => one.overtaken)}; ` +
    `${failed} rounds failed`;
}

function lineOf(result: RoundResult): string {
  return `${
    isFine(result) ? "ok" : "FAILED"
  }, acked ${result.acked}, delivered ${result.delivered}, ` +
    `missing ${result.missing}, duplicates ${result.duplicates} (bound ${result.duplicatesMax}), ` +
    `wrong ${result.wrong}, overtaken ${result.overtaken}, files left ${result.filesLeft}; ` +
    `endpoint ${result.outage}; killed ${result.kills.join("; ")}; ` +
    `${result.retriedRequests} requests again; ${result.seconds.toFixed(1)} s`;
}
