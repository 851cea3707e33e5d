import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../../src/contracts.ts";
import { NatsServer } from "../support/nats.ts";
import { freePort, scratchDirectory } from "../support/scratch.ts";
import { until } from "../support/until.ts";
import type { AnyRuntime } from "../support/walq.ts";
import { NumberedLoad } from "./numbered_load.ts";
import { NumberedReceiver } from "./numbered_receiver.ts";
import { type Restartable, RestartedWalq } from "./restartable.ts";

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
    const all: Restartable[] = [...walqs, ...servers.map((server, at) => serverOf(server, at))];
    const kills = { intake: 0, sender: 0, server: 0 };
    const endMs = performance.now() + seconds * 1000;
    const beginning = new Set<Promise<void>>();
    const down = new Set<Restartable>();
    while (performance.now() < endMs) {
      await delay(options.killEveryMs * (0.5 + random()));
      const alive = all.filter((one) => !down.has(one));
      const one = alive[Math.floor(random() * alive.length)];
      if (one === undefined) continue;
      kills[one.kind]++;
      down.add(one);
      await one.kill();
      note(`${one.name} is killed; acknowledged ${ackedBy(loads)}, here ${receiver.samples}`);
      const begun = delay(500 + random() * 4_000).then(() => one.begin()).finally(() => {
        down.delete(one);
        beginning.delete(begun);
      });
      beginning.add(begun);
    }
    note("no more is killed");
    await Promise.all(beginning);
    ending.abort();
    await Promise.all(loading);
    const ackedMs = performance.now();
    note(`all is acknowledged: ${ackedBy(loads)}; here are ${receiver.samples}`);
    await untilStill(() => missingOf(loads, receiver), () => receiver.samples);
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
    for (const labels of series) missing += receiver.missing(labels, acked);
  }
  return missing;
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

function serverOf(server: NatsServer, at: number): Restartable {
  return {
    name: `server ${at}`,
    kind: "server",
    kill: async () => {
      await server.kill();
    },
    begin: () => server.begin(),
  };
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
