/** A backlog on disk goes out to an endpoint that is fast, beside vmagent draining its own. */
import { rmSync } from "node:fs";
import { isInstalled } from "../test/peers/support/installed.ts";
import type { Program } from "../test/peers/support/program.ts";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { untilReached } from "../test/peers/support/until.ts";
import { Vmagent } from "../test/peers/support/victoria.ts";
import { type AnyRuntime, WalqProgram } from "../test/peers/support/walq.ts";
import type { Figure } from "./comparison.ts";
import { processCost } from "./process_cost.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";
import { runLoad } from "./run_load.ts";
import { SinkProgram } from "./sink_program.ts";
import { writeBenchConfig } from "./walq_config.ts";

/** How a backlog is made: scrapes of the same series, one straight after the other. */
export interface DrainLoad {
  readonly series: number;
  readonly rows: number;
  /** Of the whole backlog, at least: scrapes are whole ones. */
  readonly samples: number;
}

/** Starts a program anew on the same files. */
type Start = (directory: string, url: string) => Promise<Started>;

interface Started {
  readonly program: Program;
  readonly writeUrl: string;
}

interface DrainCost {
  readonly samples: number;
  /** From the first request of the backlog to the last one. */
  readonly seconds: number;
  /** The start of the process is in it. */
  readonly fromStartSeconds: number;
  /** Of the whole process, its start included. */
  readonly cpuUs: number;
  readonly peakRssBytes: number;
  readonly requests: number;
}

const MIB = 1024 * 1024;

const FIGURES: readonly Figure<DrainCost>[] = [
  { name: "seconds", of: ({ seconds }) => seconds, digits: 2 },
  { name: "from process start", of: (cost) => cost.fromStartSeconds, digits: 2 },
  { name: "CPU, µs a sample", of: cpuOf, digits: 3 },
  { name: "peak RSS, MiB", of: ({ peakRssBytes }) => peakRssBytes / MIB, digits: 0 },
  { name: "samples a request", of: ({ samples, requests }) => samples / requests, digits: 0 },
];

export async function compareDrains(
  runtimes: readonly AnyRuntime[],
  load: DrainLoad,
  reporting: Reporting,
): Promise<void> {
  const contenders = runtimes.map((runtime) => ({
    name: `walq, ${runtime}`,
    measure: () => measure(walqOn(runtime), load),
  }));
  if (isInstalled("vmagent")) {
    contenders.push({ name: "vmagent", measure: () => measure(startVmagent, load) });
  }
  console.log(
    `a backlog of ${load.samples} samples of ${load.series} series: taken in while the endpoint ` +
      "answers 503, and drained by a new process; CPU and RSS with its start",
  );
  const rows = await byTurns(reporting.rounds, contenders);
  const peerOf = (name: string): string | undefined => name === "vmagent" ? undefined : "vmagent";
  report<DrainCost>(reporting, {
    command: "drain",
    setup: { load },
    rows,
    tables: [{
      figures: FIGURES,
      ratios: [
        { name: "seconds of vmagent's", of: ({ seconds }) => seconds, peerOf },
        { name: "CPU of vmagent's", of: cpuOf, peerOf },
      ],
    }],
  });
}

async function measure(start: Start, { series, rows, samples }: DrainLoad): Promise<DrainCost> {
  const directory = scratchDirectory("drain");
  const sink = await SinkProgram.start();
  await sink.goDown();
  const filling = await start(directory, sink.url);
  const scrapes = Math.ceil(samples / series);
  const pending = await runLoad(filling.writeUrl, { series, rows, scrapes, intervalMs: 0 });
  await filling.program.stop();
  await sink.comeUp();

  const beganMs = Date.now();
  const { program } = await start(directory, sink.url);
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  await untilReached("the sink has the backlog", pending.samples, arrived);
  const { cpuUs, peakRssBytes } = processCost(program.pid);
  const { firstTakenMs, lastTakenMs, requests, samples: taken } = await sink.counts();
  for (const one of [program, sink.program]) await one.stop();
  rmSync(directory, { recursive: true });
  return {
    samples: taken,
    seconds: (lastTakenMs - firstTakenMs) / 1000,
    fromStartSeconds: (lastTakenMs - beganMs) / 1000,
    cpuUs,
    peakRssBytes,
    requests,
  };
}

function cpuOf({ cpuUs, samples }: DrainCost): number {
  return cpuUs / samples;
}

function walqOn(runtime: AnyRuntime): Start {
  return async (directory, url) => {
    const config = await writeBenchConfig({ directory, urls: [url], out: "1.0", queueConfig: [] });
    // It need not try to send the backlog before it ends.
    return await WalqProgram.start(runtime, config, { walqArgs: ["--shutdown-grace", "0s"] });
  };
}

/** Of a flag that is given twice, the last one counts. */
const startVmagent: Start = async (directory, url) =>
  await Vmagent.start(url, [`-remoteWrite.tmpDataPath=${directory}`]);
