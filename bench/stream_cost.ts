/** What a way from a load to an endpoint costs each process on it. */
import { NatsServer } from "../test/peers/support/nats.ts";
import { until, untilReached } from "../test/peers/support/until.ts";
import type { AnyRuntime } from "../test/peers/support/walq.ts";
import { heldIn, movedBy, type NatsMoved } from "./nats_books.ts";
import { processCost } from "./process_cost.ts";
import { type RelayLoad, warmUp } from "./relay.ts";
import { runLoad } from "./run_load.ts";
import { spent } from "./servers_cost.ts";
import { SinkProgram } from "./sink_program.ts";
import { type Role, STREAM, type Way, type WayKind } from "./stream_cases.ts";

/** Who is measured: processes of walq, and the servers of NATS, however many there are. */
export type PartRole = Role | "nats-server";

/** What one of them has used, after the warm-up. */
export interface PartCost {
  readonly role: PartRole;
  readonly samples: number;
  readonly cpuUs: number;
  /** That of the server that has most to do: of several, it leads the stream. */
  readonly mostCpuUs: number;
  /** Of servers, that of the largest. */
  readonly peakRssBytes: number;
  readonly storageBytes: number;
}

/** What a way has cost. */
export interface StreamCost {
  readonly samples: number;
  readonly missing: number;
  readonly seconds: number;
  readonly parts: readonly PartCost[];
  /** Requests in, and their bodies. */
  readonly requestsIn: number;
  readonly inBytes: number;
  /** Requests to the endpoint, with their headers. */
  readonly requestsOut: number;
  readonly outBytes: number;
  readonly fileBytes: number;
  /** Messages with batches that the stream has stored. */
  readonly messages: number;
  /** Writings of records: leases, and how far endpoints have come. */
  readonly records: number;
  readonly nats: NatsMoved;
  /** What stays in the stream while the endpoint is down, after so many samples. */
  readonly held: { readonly samples: number; readonly bytes: number; readonly messages: number };
}

/** Scrapes while the endpoint is down: what is in the stream then is what a sample takes there. */
const HELD_SCRAPES = 4;
const NOTHING: NatsMoved = { inBytes: 0, outBytes: 0, betweenBytes: 0 };

/** How a way is measured. */
export interface Measuring {
  readonly kind: WayKind;
  readonly runtime: AnyRuntime;
  readonly partitions: number;
  /** 1, or 3 servers that keep a copy each. */
  readonly replicas: number;
  readonly load: RelayLoad;
}

export async function measureWay(measuring: Measuring): Promise<StreamCost> {
  const { kind, runtime, partitions, load } = measuring;
  const servers = kind.hasStream ? await serversFor(measuring.replicas) : [];
  const sink = await SinkProgram.start();
  const way = await kind.start({ runtime, partitions, servers, url: sink.url });
  const warm = await warmUp(way.writeUrl, load);
  await untilAtSink(sink, warm.samples);

  const before = await readingsOf(way, servers, sink);
  const report = await runLoad(way.writeUrl, load);
  await untilAtSink(sink, warm.samples + report.samples);
  const after = await readingsOf(way, servers, sink);
  const held = servers.length === 0
    ? { samples: 0, bytes: 0, messages: 0 }
    : await heldWhileDown(way, servers, sink, load);

  for (const { program } of way.walqs) await program.stop("SIGKILL");
  for (const server of servers) await server.kill();
  await sink.program.stop();
  const { samples } = report;
  return {
    samples,
    missing: warm.samples + samples - after.sink.samples,
    seconds: report.seconds,
    parts: after.parts.map(({ role, costs }, at) => ({
      role,
      samples,
      ...spent(before.parts[at]!.costs, costs),
    })),
    requestsIn: report.requests,
    inBytes: report.bodyBytes,
    requestsOut: after.sink.requests - before.sink.requests,
    outBytes: after.sink.wireBytes - before.sink.wireBytes,
    fileBytes: after.fileBytes - before.fileBytes,
    messages: after.messages - before.messages,
    records: after.records - before.records,
    nats: {
      inBytes: after.nats.inBytes - before.nats.inBytes,
      outBytes: after.nats.outBytes - before.nats.outBytes,
      betweenBytes: after.nats.betweenBytes - before.nats.betweenBytes,
    },
    held,
  };
}

async function serversFor(replicas: number): Promise<readonly NatsServer[]> {
  return replicas === 1 ? [await NatsServer.start()] : await NatsServer.cluster();
}

/** What has happened so far. */
async function readingsOf(way: Way, servers: readonly NatsServer[], sink: SinkProgram) {
  const hasServers = servers.length > 0;
  const ofServers = {
    role: "nats-server" as const,
    costs: servers.map(({ pid }) => processCost(pid)),
  };
  return {
    parts: [
      ...way.walqs.map(({ role, program }) => ({ role, costs: [processCost(program.pid)] })),
      ...(hasServers ? [ofServers] : []),
    ],
    fileBytes: await way.fileBytes(),
    messages: hasServers ? (await heldIn(servers, STREAM)).lastSeq : 0,
    records: hasServers ? (await heldIn(servers, `${STREAM}_records`)).lastSeq : 0,
    nats: hasServers ? await movedBy(servers) : NOTHING,
    sink: await sink.counts(),
  };
}

async function heldWhileDown(
  way: Way,
  servers: readonly NatsServer[],
  sink: SinkProgram,
  load: RelayLoad,
): Promise<StreamCost["held"]> {
  await until("the stream is empty", async () => (await heldIn(servers, STREAM)).messages === 0);
  await sink.goDown();
  const { samples } = await runLoad(way.writeUrl, { ...load, scrapes: HELD_SCRAPES });
  await way.inStream();
  const { bytes, messages } = await heldIn(servers, STREAM);
  return { samples, bytes, messages };
}

async function untilAtSink(sink: SinkProgram, samples: number): Promise<void> {
  const arrived = async (): Promise<number> => (await sink.counts()).samples;
  await untilReached("the sink has all samples", samples, arrived);
}
