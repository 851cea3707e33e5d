import { spawn } from "node:child_process";
import process from "node:process";
import { emptyTally, type Tally } from "../test/simulation/tally.ts";
import { BUN_MEMORIES } from "./bun_memories.ts";

/** Long enough that a process' start does not count, short enough to share them out evenly. */
const SCHEDULES_AT_ONCE = 250;

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  node: ["node_modules/node-26/bin/node", "build/scripts/simulate.js"],
  "node-20": ["node_modules/node-20/bin/node", "build/scripts/simulate.js"],
  deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", "scripts/simulate.ts"],
  bun: ["node_modules/.bin/bun", "scripts/simulate.ts"],
};

/** What is to be run, and where. */
export interface SimulationPlan {
  /** Taken in turn; one that is named twice gets twice as many schedules. */
  readonly runtimes: readonly string[];
  readonly jobs: number;
  readonly firstSeed: number;
  readonly steps: number;
  readonly schedules: number;
  /** Goes on after a failure, to see how many there are. */
  readonly keepGoing: boolean;
}

/** Shares the schedules out between processes. */
export async function simulateOn(
  plan: SimulationPlan,
): Promise<{ tally: Tally; failures: number }> {
  const { runtimes, firstSeed, steps, schedules } = plan;
  const byRuntime = new Map(runtimes.map((name) => [name, emptyTally()]));
  let chunk = 0;
  let failures = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const runtime = runtimes[chunk % runtimes.length]!;
      const first = SCHEDULES_AT_ONCE * chunk++;
      const count = Math.min(SCHEDULES_AT_ONCE, schedules - first);
      if (count <= 0 || (failures > 0 && !plan.keepGoing)) return;
      const words = [
        ...(plan.keepGoing ? ["--keep-going"] : []),
        "--quiet",
        "--steps",
        `${steps}`,
        "--seed",
        `${firstSeed + first}`,
      ];
      const { output, isFine } = await run(runtime, [...words, "--schedules", `${count}`]);
      if (!isFine) {
        failures += output.match(/^replay: /gm)?.length ?? 1;
        console.log(`${runtime}:\n${output}`);
      }
      const tally = byRuntime.get(runtime)!;
      add(tally, readTally(output));
      console.log(`${runtime}: ${tally.schedules} schedules, ${tally.crashes} crashes`);
    }
  };
  await Promise.all(Array.from({ length: plan.jobs }, work));
  const tally = emptyTally();
  for (const [runtime, own] of byRuntime) {
    add(tally, own);
    console.log(`${runtime}: ${own.crashSchedules} schedules with crashes of ${own.schedules}`);
  }
  return { tally, failures };
}

function run(
  runtime: string,
  words: readonly string[],
): Promise<{ output: string; isFine: boolean }> {
  const command = COMMANDS[runtime];
  if (command === undefined) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new Error(`--runtimes: got "${runtime}", expected some of ${known}`);
  }
  const [file = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...BUN_MEMORIES };
    const child = spawn(file, [...args, ...words], { stdio: ["ignore", "pipe", "pipe"], env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ output, isFine: code === 0 }));
  });
}

/** The lines that a run ends with: a name and a number. */
function readTally(output: string): Tally {
  const tally = emptyTally();
  for (const name of Object.keys(tally) as (keyof Tally)[]) {
    tally[name] = Number(new RegExp(`^${name} +(\\d+)$`, "m").exec(output)?.[1] ?? 0);
  }
  return tally;
}

function add(sum: Tally, more: Tally): void {
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += more[name];
}
