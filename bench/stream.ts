/** The queue in a stream of NATS JetStream, beside the one in files, on the same load, by turns. */
import { isInstalled } from "../test/peers/support/installed.ts";
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import { formatSummaries, summarize } from "./comparison.ts";
import type { RelayLoad } from "./relay.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";
import {
  APART,
  HANDED_OVER,
  IN_FILES,
  IN_STREAM,
  TWO_SENDERS,
  type WayKind,
} from "./stream_cases.ts";
import { measureWay, type StreamCost } from "./stream_cost.ts";
import { cpuOfWay, PART_FIGURES, partRows, WAY_FIGURES } from "./stream_figures.ts";

/** A way, and how it differs from what all have. */
interface Case {
  readonly name: string;
  readonly kind: WayKind;
  /** @default that of the options */
  readonly partitions?: number;
  /** Samples a request in. @default that of the load */
  readonly rows?: number;
}

const PARTITIONS = 8;
const MANY_PARTITIONS = 64;
const FEW_ROWS = 250;

/** The last three tell what a message costs, what another sender, and what a request. */
const CASES: readonly Case[] = [
  { name: "files", kind: IN_FILES },
  { name: "stream", kind: IN_STREAM },
  { name: "stream, apart", kind: APART },
  { name: "handed over", kind: HANDED_OVER },
  { name: `apart, ${MANY_PARTITIONS} partitions`, kind: APART, partitions: MANY_PARTITIONS },
  {
    name: `apart, ${MANY_PARTITIONS} partitions, two senders`,
    kind: TWO_SENDERS,
    partitions: MANY_PARTITIONS,
  },
  { name: `apart, ${FEW_ROWS} a request`, kind: APART, rows: FEW_ROWS },
];

/**
 * @param replicas 1, or 3 servers that keep a copy each
 * @param filter only the cases with that in their names
 * @returns false where samples are missing
 */
export async function compareStreams(
  runtimes: readonly AnyRuntime[],
  load: RelayLoad,
  reporting: Reporting,
  { replicas, filter = "" }: { readonly replicas: number; readonly filter?: string | undefined },
): Promise<boolean> {
  if (!isInstalled("nats-server")) {
    throw new Error("nats-server is not installed (apt-get install nats-server)");
  }
  const cases = CASES.filter(({ name }) => name.includes(filter));
  const { series, rows, scrapes, intervalMs, warmUpScrapes } = load;
  console.log(
    `${series} series of 10 labels, ${rows} samples a request, ${scrapes} scrapes ` +
      `${intervalMs} ms apart: ${series * scrapes} samples, after ${warmUpScrapes} scrapes ` +
      `to warm up; ${PARTITIONS} partitions, ${replicas} server(s) of NATS, a copy on each; ` +
      "remote write 1.0 in and out; all else at its default",
  );
  const measured = await byTurns(
    reporting.rounds,
    runtimes.flatMap((runtime) =>
      cases.map(({ name, kind, partitions = PARTITIONS, rows = load.rows }) => ({
        name: `${runtime}, ${name}`,
        measure: () => measureWay({ kind, runtime, partitions, replicas, load: { ...load, rows } }),
      }))
    ),
  );
  const columns = { figures: PART_FIGURES, ratios: [] };
  console.log(formatSummaries(summarize(partRows(measured), columns), columns) + "\n");
  const peers = new Map<string, string>(
    runtimes.flatMap((runtime) =>
      cases.map(({ name }) => [`${runtime}, ${name}`, `${runtime}, files`] as const)
    ),
  );
  const peerOf = (name: string): string | undefined =>
    peers.get(name) === name ? undefined : peers.get(name);
  report<StreamCost>(reporting, {
    command: "stream",
    setup: { load, partitions: PARTITIONS, replicas },
    rows: measured,
    tables: [{
      figures: WAY_FIGURES,
      ratios: [{ name: "CPU of files'", of: cpuOfWay, peerOf }],
    }],
  });
  return measured.every(({ costs }) => costs.every(({ missing }) => missing === 0));
}
