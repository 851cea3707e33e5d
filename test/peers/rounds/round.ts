/**
 * One round: the endpoint is down, samples come in over HTTP, walq is killed at
 * a random moment and started again, the endpoint comes back; every sample that
 * was acknowledged must arrive, with its labels and its value.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, keepScratch, scratchDirectory } from "../support/scratch.ts";
import { untilReached } from "../support/until.ts";
import { dataPathOf, type Runtime, WalqProgram, writeConfig } from "../support/walq.ts";
import { Arrivals } from "./arrivals.ts";
import { defaultOptions, duplicatesMax } from "./duplicates_bound.ts";
import { RoundLoad } from "./load.ts";
import { countMissing } from "./missing.ts";
import { OUTAGES, RoundEndpoint } from "./round_endpoint.ts";
import { Senders } from "./senders.ts";

/** What a round is made of. */
export interface RoundOptions {
  readonly runtime: Runtime;
  readonly samples: number;
  readonly random: () => number;
}

/** What came of a round. Counts are of samples. */
export interface RoundResult {
  readonly acked: number;
  readonly delivered: number;
  /** Acknowledged, and never arrived. */
  readonly missing: number;
  readonly duplicates: number;
  /** More than this many duplicates would be a mistake: see duplicates_bound.ts. */
  readonly duplicatesMax: number;
  readonly wrong: number;
  readonly overtaken: number;
  readonly retriedRequests: number;
  readonly outage: string;
  /** When walq was killed, for people. */
  readonly kills: readonly string[];
  readonly filesLeft: number;
  /** The exit code of the last walq, after SIGTERM. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** Within the time of a group commit and its fsyncs: any place in them can be hit. */
const KILL_DELAY_MS_MAX = 60;

/** True when nothing was lost, made up or left behind, and no more sent twice than had to be. */
export function isFine(result: RoundResult): boolean {
  const { missing, wrong, overtaken, filesLeft, exitCode, duplicates, duplicatesMax } = result;
  return duplicates <= duplicatesMax &&
    [missing, wrong, overtaken, filesLeft, exitCode].every((count) => count === 0);
}

export async function runRound({ runtime, samples, random }: RoundOptions): Promise<RoundResult> {
  const beganMs = performance.now();
  const load = new RoundLoad(samples);
  const arrivals = new Arrivals(load);
  const endpoint = new RoundEndpoint(await freePort());
  const outage = OUTAGES[Math.floor(random() * OUTAGES.length)]!;
  await endpoint.goDown(outage);
  const directory = scratchDirectory("round");
  const config = await writeConfig({ directory, url: endpoint.url });
  const kills: string[] = [];
  const killCounts = { comingIn: 0, goingOut: 0 };

  // The first kill comes while the samples do.
  const killAt = Math.floor(random() * load.samples);
  const killDelayMs = random() * KILL_DELAY_MS_MAX;
  let reachedKill: () => void = () => {};
  const killDue = new Promise<void>((resolve) => reachedKill = resolve);
  const senders = new Senders(load, () => senders.acked > killAt && reachedKill());
  let walq = await WalqProgram.start(runtime, config);
  senders.walqIsAt(walq.writeUrl);
  const sent = senders.sendAll();
  await Promise.race([killDue, sent]);
  await delay(killDelayMs);
  senders.walqIsGone();
  kills.push(`coming in, ${senders.acked} acked`);
  killCounts.comingIn++;
  await walq.program.stop("SIGKILL");
  walq = await WalqProgram.start(runtime, config);
  senders.walqIsAt(walq.writeUrl);
  await sent;

  await endpoint.comeUp(arrivals);
  const delivered = (): number => arrivals.delivered;
  const killGoingOut = async (): Promise<void> => {
    kills.push(`going out, ${arrivals.delivered} delivered`);
    killCounts.goingOut++;
    await walq.program.stop("SIGKILL");
    walq = await WalqProgram.start(runtime, config);
  };
  // A walq that was told to wait does so for minutes, a new one has been told nothing.
  if (outage.isLongWait) await killGoingOut();
  // In every second round another one comes while the samples go out.
  if (random() < 0.5) {
    await untilReached("samples go out", random() * load.samples, delivered);
    await killGoingOut();
  }
  const stuck = await untilReached("all samples arrive", senders.acked, delivered)
    .then(() => "", (error: Error) => `${error.message}\n`);
  const filesLeft = await untilEmpty(join(dataPathOf(directory), "peer", "wal"));
  const exit = await walq.program.stop("SIGTERM");
  await endpoint.close();
  if (stuck !== "" || filesLeft > 0 || exit.code !== 0) {
    console.log(`${stuck}walq: ${walq.program.describe()}\nits data: ${dataPathOf(directory)}`);
    keepScratch(directory);
  } else rmSync(directory, { recursive: true });
  return {
    acked: senders.acked,
    delivered: arrivals.delivered,
    missing: countMissing(load, senders, arrivals),
    duplicates: arrivals.duplicates,
    duplicatesMax: duplicatesMax(killCounts, defaultOptions()),
    wrong: arrivals.wrong,
    overtaken: arrivals.overtaken,
    retriedRequests: senders.retried,
    outage: outage.name,
    kills,
    filesLeft,
    exitCode: exit.code,
    seconds: (performance.now() - beganMs) / 1000,
  };
}

/** A batch's file goes when all of it has an outcome; how many are left when that takes too long. */
async function untilEmpty(walPath: string): Promise<number> {
  const files = (): number => readdirSync(walPath).length;
  await untilReached("files are deleted", 0, () => -files(), 5_000).catch(() => {});
  return files();
}
