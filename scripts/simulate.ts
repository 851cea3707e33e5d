/**
 * The long simulation: `npm run simulate -- --seed S --steps N --schedules K`.
 * Schedule i runs with the seed S + i, so a seed that failed is replayed by
 * itself: `--seed <failed> --schedules 1`, with the same `--steps`. With
 * `--runtimes node,deno,bun` the schedules are shared out between the runtimes, two
 * processes at a time.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { BrokenPromise, runSchedule } from "../test/simulation/schedule.ts";
import { emptyTally } from "../test/simulation/tally.ts";
import { runStreamSchedule } from "../test/stream_simulation/schedule.ts";
import { emptyTally as emptyStreamTally } from "../test/stream_simulation/tally.ts";
import { simulateOn } from "./simulate_on.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "60" },
    schedules: { type: "string", default: "1000" },
    /** Goes on after a failure, to see how many there are. */
    "keep-going": { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
    /** "stream": several processes that share a stream, in place of one on a disk. */
    store: { type: "string", default: "files" },
    runtimes: { type: "string" },
    jobs: { type: "string", default: "2" },
  },
});

const firstSeed = Number(values.seed);
const steps = Number(values.steps);
const schedules = Number(values.schedules);
const beganMs = performance.now();
const { tally, failures } = values.runtimes === undefined ? await runHere() : await simulateOn({
  runtimes: values.runtimes.split(","),
  jobs: Number(values.jobs),
  firstSeed,
  steps,
  schedules,
  keepGoing: values["keep-going"],
});
const seconds = (performance.now() - beganMs) / 1000;
for (const [name, value] of Object.entries(tally)) console.log(`${name.padEnd(16)}${value}`);
console.log(`${"seconds".padEnd(16)}${seconds.toFixed(1)}`);
console.log(failures === 0 ? "no promise broken" : `${failures} schedules broke a promise`);
process.exitCode = failures === 0 ? 0 : 1;

async function runHere(): Promise<{ tally: object; failures: number }> {
  const { tally, run } = values.store === "stream" ? onStream() : onFiles();
  let failures = 0;
  for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
    try {
      await run(seed);
    } catch (error) {
      failures++;
      if (!(error instanceof BrokenPromise)) console.error(`seed ${seed}:`, error);
      else {
        if (!values.quiet) console.error(error.trace.join("\n"));
        console.error(`BROKEN  ${error.message}`);
      }
      const store = values.store === "files" ? "" : ` --store ${values.store}`;
      const again = `--seed ${seed} --steps ${steps} --schedules 1`;
      console.error(`replay: npm run simulate --${store} ${again}`);
      if (!values["keep-going"]) break;
    }
  }
  return { tally, failures };
}

function onFiles() {
  const tally = emptyTally();
  return { tally, run: (seed: number) => runSchedule({ seed, steps, tally }) };
}

function onStream() {
  const tally = emptyStreamTally();
  return { tally, run: (seed: number) => runStreamSchedule({ seed, steps, tally }) };
}
