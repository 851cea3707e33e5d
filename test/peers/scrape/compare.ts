/** Two programs scrape the same targets by the same file; what they send is compared. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MetadataForm, Signal } from "../../support/signals.ts";
import { PageServer } from "../support/pages.ts";
import type { Program } from "../support/program.ts";
import { Recorder, type Recording } from "../support/recorder.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import { WalqProgram } from "../support/walq.ts";
import { AHEAD_MS, FAILS_INSIDE, type Pages } from "./pages.ts";

const SCRAPES = 6;

/** A program that scrapes by a file. */
export interface Peer {
  readonly program: Program;
}

/** What is compared. */
export interface Comparison {
  readonly pages: Pages;
  /** Further options of the jobs of some targets. */
  readonly jobs: Readonly<Record<string, object>>;
  /** Further keys of the endpoint. */
  readonly remoteWrite?: object;
  readonly start: (directory: string, config: string) => Promise<Peer>;
}

/** What was sent, as lines; of what both sides have to say the same. */
export interface Sent {
  readonly signals: readonly string[];
  readonly metadata: ReadonlyMap<string, MetadataForm>;
}

/** Lets both scrape. */
export async function scrapeBoth(
  { pages: all, jobs, remoteWrite = {}, start }: Comparison,
): Promise<{ readonly peer: Sent; readonly walq: Sent }> {
  const directory = scratchDirectory("scrape");
  const pages = await PageServer.open(all);
  const recorder = await Recorder.open();
  const textFor = (who: string): string =>
    fileOf(Object.keys(all).map((name) => ({ name, ...jobs[name] })), who, pages.address, {
      url: `${recorder.origin}/${who}`,
      ...remoteWrite,
    });
  const peerConfig = join(directory, "peer.yml");
  writeFileSync(peerConfig, textFor("peer"));
  const walqConfig = join(directory, "walq.yaml");
  writeFileSync(
    walqConfig,
    `server: { listen: 127.0.0.1:${await freePort()} }\n` +
      `queue: { data_path: ${join(directory, "data")} }\n${textFor("walq")}`,
  );
  const peer = await start(directory, peerConfig);
  const walq = await WalqProgram.start("node", walqConfig);
  for (const who of ["peer", "walq"]) {
    const recording = recorder.at(`/${who}`);
    await until(
      `${who} has sent ${SCRAPES} scrapes of each target`,
      () => Object.keys(all).every((name) => upsOf(recording, name).length > SCRAPES),
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${peer.program.output}\n${walq.program.output}`);
    });
  }
  await walq.program.stop();
  await peer.program.stop();
  await recorder.close();
  await pages.close();
  const sentBy = (who: string): Sent => {
    const recording = recorder.at(`/${who}`);
    const signals = Object.keys(all).flatMap((name) => linesOf(recording, name));
    return { signals, metadata: recording.metadata };
  };
  return { peer: sentBy("peer"), walq: sentBy("walq") };
}

/** Every signal of the one is one of the other. */
export function assertSameSignals(got: Sent, wanted: Sent): void {
  assert.ok(wanted.signals.length > 200, `${wanted.signals.length} signals`);
  const missing = without(wanted.signals, got.signals);
  const added = without(got.signals, wanted.signals);
  const shown = [...missing.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)];
  assert.equal(shown.length, 0, `${shown.length} differ\n${shown.slice(0, 200).join("\n")}`);
}

function fileOf(
  jobs: readonly { readonly name: string }[],
  who: string,
  target: string,
  endpoint: object,
): string {
  const lines = jobs.map(({ name, ...more }) =>
    `  - ${
      JSON.stringify({
        job_name: name,
        scrape_interval: "1s",
        scrape_timeout: "1s",
        metrics_path: `/${who}/${name}`,
        static_configs: [{ targets: [target], labels: { zone: "of the target" } }],
        ...more,
      })
    }\n`
  );
  const remote = {
    name: "recorder",
    queue_config: { max_shards: 1, batch_send_deadline: "200ms" },
    metadata_config: { send: true, send_interval: "1s" },
    ...endpoint,
  };
  return `global: { external_labels: { cluster: eu } }\n` +
    `scrape_configs:\n${lines.join("")}remote_write:\n  - ${JSON.stringify(remote)}\n`;
}

/** When a target was scraped. */
function upsOf({ signals }: Recording, job: string): readonly Signal[] {
  for (const [key, own] of signals) {
    if (key.startsWith('__name__="up",') && key.includes(`job="${job}"`)) return own;
  }
  return [];
}

/** The signals of a target's first scrapes, a line each: of which of them, of which series, and their bits. */
function linesOf(recording: Recording, job: string): string[] {
  const times = upsOf(recording, job).map(({ timestampMs }) => timestampMs);
  const lines: string[] = [];
  const timed = new Set<string>();
  for (const [key, own] of recording.signals) {
    if (!isOf(key, job)) continue;
    if (key.startsWith('__name__="scrape_duration_seconds"')) continue;
    for (const signal of withoutOldExemplars(own)) {
      const scrape = times.indexOf(signal.timestampMs);
      const isOwn = scrape < 0 && !isLate(signal, times);
      // The last scrapes may have been sent in part.
      if (scrape >= SCRAPES || (scrape < 0 && !isOwn)) continue;
      if (FAILS_INSIDE.has(job) && !key.startsWith('__name__="up"')) continue;
      const when = isOwn ? `at ${Number(signal.timestampMs) - AHEAD_MS} ms` : `scrape ${scrape}`;
      const line = `${when} ${key.replace(/instance="127[^"]*"/, "instance")} ${textOf(signal)}`;
      if (isOwn) timed.add(line);
      else lines.push(line);
    }
  }
  // What has a time of its own comes again with each scrape, and of these there may be more.
  return [...lines, ...timed].sort();
}

/** Prometheus's storage refuses exemplars that are not newer than the last, its agent and walq those that are the same. */
function withoutOldExemplars(own: readonly Signal[]): Signal[] {
  let newestMs = -Infinity;
  return own.filter(({ kind, timestampMs }) => {
    if (kind !== "exemplar") return true;
    const isNewer = Number(timestampMs) > newestMs;
    if (isNewer) newestMs = Number(timestampMs);
    return isNewer;
  });
}

/** Within the time of the scrapes, and of none that was told: of one of which `up` did not come any more. */
function isLate({ timestampMs }: Signal, times: readonly bigint[]): boolean {
  return timestampMs > times[0]! && timestampMs < times.at(-1)! + 60_000n;
}

const STALE_BITS = 0x7ff0_0000_0000_0002n;

/**
 * All that is in it. A stale marker of a histogram may be either kind: Prometheus's storage
 * makes a histogram of it, and its agent sends a sample.
 */
function textOf(signal: Signal): string {
  const { kind } = signal;
  if (kind === "exemplar") {
    return `exemplar ${signal.bits} ${JSON.stringify(signal.exemplarLabels)}`;
  }
  if (kind === "sample" ? signal.bits === STALE_BITS : signal.histogram.sum === STALE_BITS) {
    return "stale";
  }
  const start = signal.startMs === 0n ? "" : ` since ${Number(signal.startMs) - AHEAD_MS} ms`;
  if (kind === "sample") return `${signal.bits}${start}`;
  const shown = JSON.stringify(
    signal.histogram,
    (_, value) => typeof value === "bigint" ? String(value) : value as unknown,
  );
  return `${shown}${start}`;
}

/** Series of targets whose labels are not honored have their job. */
function isOf(key: string, job: string): boolean {
  return key.includes(`job="${job}"`) || (job === "honored" && key.includes('__name__="i"'));
}

/** Those lines that are not among others. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}
