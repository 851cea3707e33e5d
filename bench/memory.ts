/** Memory must not depend on what is pending on disk (promise P4): a million series, and none. */
import { setTimeout as delay } from "node:timers/promises";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { untilReached } from "../test/peers/support/until.ts";
import { type AnyRuntime, WalqProgram, writeConfig } from "../test/peers/support/walq.ts";
import { processCost } from "./process_cost.ts";
import { runLoad } from "./run_load.ts";
import { SinkProgram } from "./sink_program.ts";
import { formatTable } from "./table.ts";

const SERIES = 1_000_000;
const ROWS = 2_000;
/** What comes in after the restart, in both cases: a process that has never worked is small. */
const AT_WORK = { series: 20_000, rows: ROWS, scrapes: 10, intervalMs: 200 };
const MIB = 1024 * 1024;

/** A state of walq, and its memory there. */
export interface Reading {
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

export async function compareMemory(runtimes: readonly AnyRuntime[]): Promise<void> {
  for (const runtime of runtimes) {
    const none = await measure(runtime, false);
    const pending = await measure(runtime, true);
    console.log(`walq under ${runtime}, MiB: ${SERIES} different series came in`);
    console.log(formatTable([
      ["", "none pending", "all pending", "difference"],
      row("after they came in, RSS", none.full.rssBytes, pending.full.rssBytes),
      row("after they came in, peak", none.full.peakRssBytes, pending.full.peakRssBytes),
      row("after a restart, idle, RSS", none.restarted.rssBytes, pending.restarted.rssBytes),
      row("after a restart, at work, RSS", none.atWork.rssBytes, pending.atWork.rssBytes),
      row("after a restart, at work, peak", none.atWork.peakRssBytes, pending.atWork.peakRssBytes),
    ]));
    const { rssBytes, peakRssBytes } = pending.drained;
    console.log(`after the backlog went out: RSS ${mib(rssBytes)}, peak ${mib(peakRssBytes)}`);
  }
}

interface Measured {
  readonly full: Reading;
  readonly restarted: Reading;
  readonly atWork: Reading;
  readonly drained: Reading;
}

/** Takes the series in with the endpoint up or down, starts anew, and lets what is pending go out. */
async function measure(runtime: AnyRuntime, isDown: boolean): Promise<Measured> {
  const sink = await SinkProgram.start();
  if (isDown) await sink.goDown();
  const directory = scratchDirectory("memory");
  const config = await writeConfig({ directory, url: sink.url });
  let walq = await WalqProgram.start(runtime, config);
  await runLoad(walq.writeUrl, { series: SERIES, rows: ROWS, scrapes: 1, intervalMs: 0 });
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  if (!isDown) await untilReached("the sink has all", SERIES, arrived);
  const full = await settled(walq);
  const pending = await walq.metric("walq_pending_signals");
  if (pending !== (isDown ? SERIES : 0)) throw new Error(`${pending} signals are pending`);
  await walq.program.stop("SIGTERM");

  walq = await WalqProgram.start(runtime, config);
  const restarted = await settled(walq);
  const { samples } = await runLoad(walq.writeUrl, AT_WORK);
  const atWork = await settled(walq);
  await sink.comeUp();
  await untilReached("the sink has all", SERIES + samples, arrived);
  const drained = await settled(walq);
  await walq.program.stop("SIGTERM");
  await sink.program.stop();
  return { full, restarted, atWork, drained };
}

/** Reads the memory when the process has come to rest: under 50 ms of CPU in a second, retries included. */
export async function settled({ program }: WalqProgram): Promise<Reading> {
  for (let second = 0; second < 30; second++) {
    const { cpuUs } = processCost(program.pid);
    await delay(1000);
    if (processCost(program.pid).cpuUs - cpuUs < 50_000) break;
  }
  return processCost(program.pid);
}

function row(name: string, none: number, pending: number): string[] {
  const percent = (pending / none - 1) * 100;
  const sign = percent > 0 ? "+" : "";
  return [name, mib(none), mib(pending), `${sign}${percent.toFixed(1)}%`];
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
