/**
 * What walq adds to an application that does nothing: the same one with prom-client alone
 * and with walq beside it, by turns, each time a fresh process.
 */
import process from "node:process";
import { Program } from "../test/peers/support/program.ts";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import type { AppCost } from "./app_program.ts";
import { SinkProgram } from "./sink_program.ts";
import { medianOf } from "./statistics.ts";
import { formatTable } from "./table.ts";

const TIMES = { EVERY_MS: 15_000, REST_MS: 20_000, MEASURED_MS: 60_000 };
const ROUNDS = 3;
const MIB = 1024 * 1024;
/** What walq may add. */
const BAR = { rssBytes: 25 * MIB, corePercent: 0.3 };

/** How it is started there, before what it is to do. */
const PROGRAMS: Readonly<Record<AnyRuntime, readonly string[]>> = {
  node: [process.execPath, "build/bench/app_program.js"],
  "node-26": ["node_modules/node-26/bin/node", "build/bench/app_program.js"],
  deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", "bench/app_program.ts"],
  bun: ["node_modules/.bin/bun", "bench/app_program.ts"],
};

/** How one figure is got and shown. */
interface Figure {
  readonly name: string;
  readonly of: (cost: AppCost) => number;
  readonly digits: number;
}

const FIGURES: readonly Figure[] = [
  { name: "RSS, MiB", of: ({ rssBytes }) => rssBytes / MIB, digits: 1 },
  { name: "CPU, % of a core", of: ({ cpuMs, measuredMs }) => 100 * cpuMs / measuredMs, digits: 2 },
  { name: "loading walq, ms", of: ({ importMs }) => importMs, digits: 0 },
  { name: "opening the queue, ms", of: ({ openMs }) => openMs, digits: 0 },
  { name: "event loop delay, p99, ms", of: ({ delayP99Ms }) => delayP99Ms, digits: 1 },
  { name: "event loop delay, most, ms", of: ({ delayMaxMs }) => delayMaxMs, digits: 1 },
  { name: "CPU of a round, warm, ms", of: ({ warmRoundMs }) => warmRoundMs, digits: 2 },
  { name: "signals delivered", of: ({ delivered }) => delivered, digits: 0 },
];

/** Prints a table for each runtime; false when walq adds more than it may. */
export async function compareApps(runtimes: readonly AnyRuntime[]): Promise<boolean> {
  for (const [name, ms] of Object.entries(TIMES)) process.env[name] = String(ms);
  let holds = true;
  for (const runtime of runtimes) holds = await compareOn(runtime) && holds;
  return holds;
}

async function compareOn(runtime: AnyRuntime): Promise<boolean> {
  const sink = await SinkProgram.start();
  const costs = { alone: [] as AppCost[], walq: [] as AppCost[] };
  for (let round = 0; round < ROUNDS; round++) {
    costs.alone.push(await run(runtime, ["alone"]));
    costs.walq.push(await run(runtime, ["walq", sink.url, scratchDirectory("app")]));
  }
  await sink.program.stop();
  const medians = FIGURES.map(({ of }) => {
    const [alone, walq] = [medianOf(costs.alone.map(of)), medianOf(costs.walq.map(of))];
    return { alone, walq, added: walq - alone };
  });
  console.log(
    `an idle application under ${runtime} ${costs.walq[0]!.version}, 500 series every ` +
      `${TIMES.EVERY_MS / 1000} s; medians of ${ROUNDS} processes each`,
  );
  console.log(formatTable([
    ["", "prom-client alone", "with walq", "added"],
    ...FIGURES.map(({ name, digits }, index) => {
      const { alone, walq, added } = medians[index]!;
      return [name, ...[alone, walq, added].map((value) => value.toFixed(digits))];
    }),
  ]));
  const [rss, cpu] = medians;
  return rss!.added * MIB <= BAR.rssBytes && cpu!.added <= BAR.corePercent;
}

async function run(runtime: AnyRuntime, args: readonly string[]): Promise<AppCost> {
  const program = new Program([...PROGRAMS[runtime], ...args]);
  await program.exited;
  const line = program.output.split("\n").find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(program.describe());
  return JSON.parse(line) as AppCost;
}
