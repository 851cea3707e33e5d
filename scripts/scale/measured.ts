/** What `npm run bench -- stream` has measured, as a plan needs it. */
import { readFileSync } from "node:fs";
import { medianOf } from "../../bench/statistics.ts";
import type { StreamCost } from "../../bench/stream_cost.ts";

/** Where the figures come from. */
export interface Origin {
  readonly command: string;
  readonly at: string;
  readonly cpu: string;
}

/** One way from a load to an endpoint; all but `replicas` and `senders` for each sample. */
export interface MeasuredWay {
  readonly name: string;
  readonly replicas: number;
  readonly senders: number;
  /** Microseconds by who was measured; of several senders the sum. */
  readonly cpuUs: Readonly<Record<string, number>>;
  /** Of the server that leads the stream. */
  readonly leaderUs: number;
  readonly requests: number;
  readonly messages: number;
  readonly records: number;
  readonly bytes: {
    readonly in: number;
    readonly toNats: number;
    readonly betweenServers: number;
    readonly fromNats: number;
    readonly out: number;
    readonly files: number;
    /** Of the servers. */
    readonly storage: number;
  };
  /** While the endpoint was down, for each sample that came. */
  readonly held: { readonly bytes: number; readonly messages: number };
}

/** All of it. */
export interface Measured {
  readonly origins: readonly Origin[];
  readonly ways: readonly MeasuredWay[];
}

/** A file that the benchmark has written. */
export interface BenchFile {
  readonly command: string;
  readonly at: string;
  readonly machine: { readonly cpu: string };
  readonly rounds: number;
  readonly setup: {
    readonly replicas: number;
    readonly load: { readonly scrapes: number; readonly warmUpScrapes: number };
  };
  readonly rows: readonly { readonly name: string; readonly costs: readonly StreamCost[] }[];
}

/** Where the figures are that the documents go by; paths are from the root of the repository. */
export const MEASURED_PATH = "scripts/scale/measured.json";

export function readMeasured(): Measured {
  return JSON.parse(readFileSync(MEASURED_PATH, "utf8")) as Measured;
}

/** @throws {Error} for what `npm run bench -- stream` has not written */
export function readBench(paths: readonly string[]): Measured {
  const files = paths.map((path) => {
    const file = JSON.parse(readFileSync(path, "utf8")) as BenchFile;
    if (file.command === "stream") return file;
    throw new Error(`${path}: got a run of "${file.command}", expected one of "stream"`);
  });
  return {
    origins: files.map(originOf),
    ways: files.flatMap(({ setup, rows }) =>
      rows.map(({ name, costs }) => wayOf(name, setup.replicas, costs))
    ),
  };
}

function originOf({ at, machine, rounds, setup }: BenchFile): Origin {
  const { replicas, load } = setup;
  const options = `--rounds ${rounds} --scrapes ${load.scrapes} --warm-up ${load.warmUpScrapes}` +
    (replicas === 1 ? "" : ` --replicas ${replicas}`);
  return { command: `npm run bench -- stream ${options}`, at: at.slice(0, 10), cpu: machine.cpu };
}

/** Medians of its rounds. */
export function wayOf(name: string, replicas: number, costs: readonly StreamCost[]): MeasuredWay {
  const each = (of: (cost: StreamCost) => number): number =>
    round(medianOf(costs.map((cost) => of(cost) / cost.samples)));
  const [first] = costs;
  const roles = [...new Set(first!.parts.map(({ role }) => role))];
  const held = (of: (held: StreamCost["held"]) => number): number =>
    round(medianOf(costs.map((cost) => of(cost.held) / Math.max(1, cost.held.samples))));
  const ofRole = ({ parts }: StreamCost, role: string) => parts.filter((one) => one.role === role);
  return {
    name,
    replicas,
    senders: ofRole(first!, "sender").length,
    cpuUs: Object.fromEntries(
      roles.map((role) => [
        role,
        each((cost) => ofRole(cost, role).reduce((sum, { cpuUs }) => sum + cpuUs, 0)),
      ]),
    ),
    leaderUs: each((cost) =>
      ofRole(cost, "nats-server").reduce(
        // There may be nobody beside it.
        (sum, { cpuUs, mostCpuUs }) => sum + (replicas === 1 ? cpuUs : mostCpuUs),
        0,
      )
    ),
    requests: each(({ requestsIn }) => requestsIn),
    messages: each(({ messages }) => messages),
    records: each(({ records }) => records),
    bytes: {
      in: each(({ inBytes }) => inBytes),
      toNats: each(({ nats }) => nats.inBytes),
      betweenServers: each(({ nats }) => nats.betweenBytes),
      fromNats: each(({ nats }) => nats.outBytes),
      out: each(({ outBytes }) => outBytes),
      files: each(({ fileBytes }) => fileBytes),
      storage: each((cost) =>
        ofRole(cost, "nats-server").reduce((sum, { storageBytes }) => sum + storageBytes, 0)
      ),
    },
    held: {
      bytes: held(({ bytes }) => bytes),
      messages: held(({ messages }) => messages),
    },
  };
}

/** As many digits as mean something. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
