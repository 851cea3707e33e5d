/**
 * From the start of a process to its first answer, and what it takes when nothing comes: of the
 * program as it is in the npm package.
 */
import { setTimeout as delay } from "node:timers/promises";
import { bundleProgram } from "../scripts/bundle_program.ts";
import { isInstalled } from "../test/peers/support/installed.ts";
import { Program } from "../test/peers/support/program.ts";
import { freePort, scratchDirectory } from "../test/peers/support/scratch.ts";
import { Sender } from "../test/peers/support/send.ts";
import { type AnyRuntime, walqCommand } from "../test/peers/support/walq.ts";
import { tenLabels } from "../test/peers/support/workload.ts";
import { RequestTemplate } from "../test/peers/support/write_request.ts";
import type { Figure } from "./comparison.ts";
import { processCost } from "./process_cost.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";
import { SinkProgram } from "./sink_program.ts";
import { writeBenchConfig } from "./walq_config.ts";

/** The command of a program that listens on the port and sends to the URL. */
type CommandOf = (port: number, url: string) => Promise<readonly string[]>;

interface StartCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly idlePercent: number;
  readonly idleRssBytes: number;
}

/** Where the program is put. */
const PROGRAM = "build/program";
const MIB = 1024 * 1024;
const TRY_EVERY_MS = 2;
/** No start takes so long: it hangs, or it cannot listen. */
const TRY_MS_MAX = 60_000;
/** What is left to do after the first request is done by then. */
const REST_MS = 10_000;

const FIGURES: readonly Figure<StartCost>[] = [
  { name: "start to first answer, ms", of: ({ wallMs }) => wallMs, digits: 0 },
  { name: "CPU until then, ms", of: ({ cpuMs }) => cpuMs, digits: 0 },
  { name: "idle, CPU, % of a core", of: ({ idlePercent }) => idlePercent, digits: 3 },
  { name: "idle, RSS, MiB", of: ({ idleRssBytes }) => idleRssBytes / MIB, digits: 1 },
];

export async function compareStarts(
  runtimes: readonly AnyRuntime[],
  seconds: number,
  reporting: Reporting,
): Promise<void> {
  await bundleProgram(PROGRAM);
  const contenders = runtimes.map((runtime) => ({
    name: `walq, ${runtime}`,
    measure: () => measure(walqOn(runtime), seconds),
  }));
  if (isInstalled("vmagent")) {
    contenders.push({ name: "vmagent", measure: () => measure(vmagent, seconds) });
  }
  console.log(
    "process start to the answer to a request of remote write 1.0, asked for every " +
      `${TRY_EVERY_MS} ms; then idle for ${seconds} s, after ${REST_MS / 1000} s to come to rest`,
  );
  const rows = await byTurns(reporting.rounds, contenders);
  const peerOf = (name: string): string | undefined => name === "vmagent" ? undefined : "vmagent";
  report<StartCost>(reporting, {
    command: "start",
    setup: { seconds },
    rows,
    tables: [{
      figures: FIGURES,
      ratios: [{ name: "CPU of vmagent's start", of: ({ cpuMs }) => cpuMs, peerOf }],
    }],
  });
}

async function measure(commandOf: CommandOf, seconds: number): Promise<StartCost> {
  const sink = await SinkProgram.start();
  const port = await freePort();
  const command = await commandOf(port, sink.url);
  const body = new RequestTemplate([tenLabels("bench_start", 1)]).fill(Date.now(), () => 1);
  const sender = new Sender(`http://127.0.0.1:${port}/api/v1/write`);
  const beganMs = performance.now();
  const program = new Program(command);
  while (!await isTaken(sender, body)) {
    if (performance.now() - beganMs > TRY_MS_MAX) throw new Error(program.describe());
    await delay(TRY_EVERY_MS);
  }
  const wallMs = performance.now() - beganMs;
  const { cpuUs } = processCost(program.pid);
  sender.close();

  await delay(REST_MS);
  const before = processCost(program.pid);
  await delay(seconds * 1000);
  const after = processCost(program.pid);
  for (const one of [program, sink.program]) await one.stop();
  return {
    wallMs,
    cpuMs: cpuUs / 1000,
    idlePercent: (after.cpuUs - before.cpuUs) / (seconds * 1e6) * 100,
    idleRssBytes: after.rssBytes,
  };
}

/** False while nobody listens, and while it is not ready. */
async function isTaken(sender: Sender, body: Uint8Array): Promise<boolean> {
  try {
    return (await sender.send(body)).status === 204;
  } catch {
    return false;
  }
}

function walqOn(runtime: AnyRuntime): CommandOf {
  return async (port, url) => {
    const directory = scratchDirectory("start");
    const config = await writeBenchConfig({
      directory,
      port,
      urls: [url],
      out: "1.0",
      queueConfig: [],
    });
    return walqCommand(runtime, config, { script: `${PROGRAM}/walq.js` });
  };
}

const vmagent: CommandOf = (port, url) =>
  Promise.resolve([
    "vmagent",
    `-httpListenAddr=127.0.0.1:${port}`,
    `-remoteWrite.url=${url}`,
    `-remoteWrite.tmpDataPath=${scratchDirectory("start")}`,
    "-loggerLevel=WARN",
  ]);
