/**
 * Crash rounds, with real processes: `npm run rounds -- --rounds 20 --samples
 * 1000000 --runtime node --seed 1`. Exits with 1 when anything was lost.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom } from "../test/peers/rounds/random.ts";
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
const runtime = RUNTIMES.find((name) => name === values.runtime);
if (!runtime) throw new Error(`--runtime: got "${values.runtime}", expected node, deno or bun`);
process.exitCode = await runRounds(runtime) ? 0 : 1;

async function runRounds(runtime: Runtime): Promise<boolean> {
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
  const sum = (pick: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const lost = results.filter((result) => !isFine(result)).length;
  console.log(
    `${rounds} rounds: ${sum((one) => one.acked)} acked, ${
      sum((one) => one.delivered)
    } delivered, ` +
      `${sum((one) => one.missing)} missing, ${sum((one) => one.duplicates)} duplicates, ` +
      `${sum((one) => one.wrong)} wrong, ${sum((one) => one.overtaken)} overtaken, ` +
      `${sum((one) => one.kills.length)} kills; ${lost} rounds failed`,
  );
  return lost === 0;
}

function lineOf(result: RoundResult): string {
  return `${
    isFine(result) ? "ok" : "FAILED"
  }, acked ${result.acked}, delivered ${result.delivered}, ` +
    `missing ${result.missing}, duplicates ${result.duplicates}, wrong ${result.wrong}, ` +
    `overtaken ${result.overtaken}, files left ${result.filesLeft}; endpoint ${result.outage}; ` +
    `killed ${result.kills.join("; ")}; ${result.retriedRequests} requests again; ` +
    `${result.seconds.toFixed(1)} s`;
}
