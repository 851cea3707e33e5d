import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../../src/contracts.ts";
import { openNatsStream } from "../../../src/platform/nats/connect.ts";
import { NatsServer } from "../support/nats.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import type { AnyRuntime } from "../support/walq.ts";
import { killAgainAndAgain } from "./killing.ts";
import { NumberedLoad } from "./numbered_load.ts";
import { NumberedReceiver } from "./numbered_receiver.ts";
import { type Restartable, restartable, RestartedWalq } from "./restartable.ts";

/** How much of it. */
export interface ChaosOptions {
  readonly seconds: number;
  readonly intakes: number;
  readonly senders: number;
  readonly partitions: number;
  /** Series of each intake, of which each gets a value every `everyMs`. */
  readonly series: number;
  readonly everyMs: number;
  /** Between two kills. */
  readonly killEveryMs: number;
  readonly runtimes: readonly AnyRuntime[];
  readonly random: Random;
  readonly natsServer?: string;
  /** So many servers may be down at once. @default all of them */
  readonly serversDownMax?: number;
  readonly note?: (line: string) => void;
}

/** What came of it, in samples. */
export interface ChaosResult {
  readonly acked: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly overtaken: number;
  readonly received: number;
  readonly kills: Readonly<Record<Restartable["kind"], number>>;
  readonly retried: number;
  /** Between the last acknowledgement and the last sample. */
  readonly drainSeconds: number;
}

/**
 * Processes that take in and processes that send share a stream on three servers, and any of
 * them is killed again and again. All that was acknowledged has to arrive, in order.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { note = () => {}, seconds, random } = options;
  const beganMs = performance.now();
  const servers = await NatsServer.cluster({
    ...(options.natsServer !== undefined && { program: options.natsServer }),
  });
  const receiver = new NumberedReceiver();
  await receiver.listen();
  const intakes = await processes("intake", options.intakes, servers, receiver, options);
  const senders = await processes("sender", options.senders, servers, receiver, options);
  const walqs = [...intakes, ...senders];
  try {
    // One after the other: the first one makes the stream.
    for (const walq of walqs) await walq.begin();
    note(`${walqs.length} processes of walq and ${servers.length} servers are there`);
    const loads = intakes.map(({ url, name }) =>
      new NumberedLoad(url, { name, series: options.series, everyMs: options.everyMs })
    );
    const ending = new AbortController();
    const loading = loads.map((load) => load.run(ending.signal));
    const kills = await killAgainAndAgain({
      all: [...walqs, ...servers.map(restartable)],
      seconds,
      everyMs: options.killEveryMs,
      serversDownMax: options.serversDownMax ?? servers.length,
      random,
      onKilled: ({ name }) =>
        note(`${name} is killed; acknowledged ${ackedBy(loads)}, here ${receiver.samples}`),
    });
    note("no more is killed, and all are there again");
    ending.abort();
    await Promise.all(loading);
    const ackedMs = performance.now();
    note(`all is acknowledged: ${ackedBy(loads)}; here are ${receiver.samples}`);
    await untilStill(() => missingOf(loads, receiver), () => receiver.samples);
    for (const line of lostBy(loads, receiver, beganMs)) note(line);
    if (missingOf(loads, receiver) > 0) {
      for (const line of await leftIn(servers)) note(line);
      for (const walq of walqs) note(await stateOf(walq));
    }
    return {
      acked: ackedBy(loads),
      missing: missingOf(loads, receiver),
      duplicates: receiver.duplicates,
      overtaken: receiver.overtaken,
      received: receiver.samples,
      kills,
      retried: loads.reduce((sum, { retried }) => sum + retried, 0),
      drainSeconds: (performance.now() - ackedMs) / 1000,
    };
  } finally {
    for (const walq of walqs) await walq.stop();
    for (const server of servers) await server.kill();
    await receiver.close();
  }
}

function ackedBy(loads: readonly NumberedLoad[]): number {
  return loads.reduce((sum, { acked, series }) => sum + (acked + 1) * series.length, 0);
}

function missingOf(loads: readonly NumberedLoad[], receiver: NumberedReceiver): number {
  let missing = 0;
  for (const { series, acked } of loads) {
    for (const labels of series) missing += receiver.missing(labels, acked).length;
  }
  return missing;
}

/** For people: which values of whom are missing, of how many series, and when they were acknowledged. */
function lostBy(
  loads: readonly NumberedLoad[],
  receiver: NumberedReceiver,
  beganMs: number,
): string[] {
  return loads.flatMap(({ name, series, acked, ackedAtMs }) => {
    const counts = new Map<number, number>();
    for (const value of series.flatMap((labels) => receiver.missing(labels, acked))) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].map(([value, count]) => {
      const seconds = (ackedAtMs[value]! - beganMs) / 1000;
      return `${name}: ${count} series miss ${value}, acknowledged at ${seconds.toFixed(1)} s`;
    });
  });
}

/** What is in the stream at the end, for who looks for what is missing. */
async function leftIn(servers: readonly NatsServer[]): Promise<string[]> {
  const { log } = await openNatsStream({
    servers: servers.map(({ address }) => address),
    clientName: "chaos",
    timeoutMs: 60_000,
    identity: () => ({}),
    stream: "chaos",
    replicas: 3,
    maxBytes: 1e9,
    duplicateWindowMs: 120_000,
    makes: false,
  });
  if (log === undefined) return ["the stream is gone"];
  const { messages, lastSeq } = await log.state();
  const lines = [`in the stream are ${messages} messages, the last one is ${lastSeq}`];
  for await (const { seq, subject, headers } of log.headsNow("chaos.*.batches", 1)) {
    lines.push(`left in ${subject}: ${seq}, ${headers["Walq-Signals"]} signals`);
    if (lines.length > 20) break;
  }
  for (let partition = 0; partition < 32; partition++) {
    const record = await log.record(`partition_${partition}`);
    if (record !== undefined) lines.push(`partition ${partition}: ${record.value}`);
  }
  await log.close();
  return lines;
}

async function stateOf(walq: RestartedWalq): Promise<string> {
  const names = ["walq_stream_partitions_sent", "walq_pending_signals", "walq_store_failing"];
  const values = await Promise.all(names.map((name) => walq.metric(name)));
  return `${walq.name}: ${names.map((name, at) => `${name} ${values[at]}`).join(", ")}`;
}

/** Waits until nothing is missing, or nothing has come for so long that nothing will: leases end, and backoffs. */
async function untilStill(missing: () => number, seen: () => number): Promise<void> {
  const STILL_MS = 120_000;
  let last = -1;
  let movedMs = performance.now();
  await until("all has arrived, or nothing more comes", () => {
    if (seen() !== last) movedMs = performance.now();
    last = seen();
    return missing() === 0 || performance.now() - movedMs > STILL_MS;
  }, 30 * 60_000);
}

async function processes(
  kind: "intake" | "sender",
  count: number,
  servers: readonly NatsServer[],
  receiver: NumberedReceiver,
  { partitions, runtimes }: ChaosOptions,
): Promise<RestartedWalq[]> {
  const all: RestartedWalq[] = [];
  for (let at = 0; at < count; at++) {
    const directory = scratchDirectory(`${kind}-${at}`);
    const port = await freePort();
    const config = join(directory, "walq.yaml");
    writeFileSync(
      config,
      [
        "server:",
        `  listen: 127.0.0.1:${port}`,
        "queue:",
        `  data_path: ${join(directory, "data")}`,
        "  store:",
        `    url: nats://${servers.map(({ address }) => address).join(",")}/chaos`,
        `    partitions: ${partitions}`,
        "    replicas: 3",
        `    sends: ${kind === "sender"}`,
        "remote_write:",
        "  - name: peer",
        `    url: ${receiver.url}`,
        "    queue_config: { min_backoff: 100ms, max_backoff: 1s }",
      ].join("\n") + "\n",
    );
    const runtime = runtimes[at % runtimes.length]!;
    all.push(new RestartedWalq(`${kind} ${at} (${runtime})`, kind, { runtime, config, port }));
  }
  return all;
}
