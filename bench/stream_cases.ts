/** Ways from a load to an endpoint: with a queue in files, in a stream, and in both. */
import type { NatsServer } from "../test/peers/support/nats.ts";
import type { Program } from "../test/peers/support/program.ts";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { until } from "../test/peers/support/until.ts";
import { type AnyRuntime, WalqProgram } from "../test/peers/support/walq.ts";
import { writeBenchConfig } from "./walq_config.ts";

export const STREAM = "bench";

/** Who is on the way of a sample, in this order. */
export type Role = "walq" | "edge" | "intake" | "sender";

/** One process of walq on the way. */
export interface Walq {
  readonly role: Role;
  readonly program: Program;
}

/** All processes of walq are there. */
export interface Way {
  readonly writeUrl: string;
  readonly walqs: readonly Walq[];
  /** Bytes written to files of a queue since the start. */
  fileBytes(): Promise<number>;
  /** Resolves when all that was acknowledged is in the stream. */
  inStream(): Promise<void>;
}

/** How a way is set up. */
export interface WaySettings {
  readonly runtime: AnyRuntime;
  readonly partitions: number;
  readonly servers: readonly NatsServer[];
  /** The endpoint. */
  readonly url: string;
}

/** A kind of way. */
export interface WayKind {
  readonly hasStream: boolean;
  readonly start: (settings: WaySettings) => Promise<Way>;
}

/** One process with its queue in files. */
export const IN_FILES: WayKind = {
  hasStream: false,
  start: async ({ runtime, url }) => {
    const walq = await started(runtime, { urls: [url] });
    return way(walq, [{ role: "walq", program: walq.program }]);
  },
};

/** One process with its queue in a stream. */
export const IN_STREAM: WayKind = {
  hasStream: true,
  start: async (settings) => {
    const walq = await started(settings.runtime, {
      urls: [settings.url],
      queue: store(settings, true),
    });
    return way(walq, [{ role: "walq", program: walq.program }]);
  },
};

/** One takes in, another one sends. */
export const APART: WayKind = {
  hasStream: true,
  start: async (settings) => {
    const intake = await started(settings.runtime, { urls: [], queue: store(settings, false) });
    const sender = await sending(settings);
    return way(intake, [{ role: "intake", program: intake.program }, sender]);
  },
};

/** The same with two that send, of which each has a half of the partitions. */
export const TWO_SENDERS: WayKind = {
  hasStream: true,
  start: async (settings) => {
    const one = await APART.start(settings);
    return { ...one, walqs: [...one.walqs, await sending(settings)] };
  },
};

/** An edge with its queue in files hands over to a stream, from which another one sends. */
export const HANDED_OVER: WayKind = {
  hasStream: true,
  start: async (settings) => {
    const { partitions, servers } = settings;
    const edge = await started(settings.runtime, {
      urls: [streamUrl(servers)],
      endpoint: [`nats: { partitions: ${partitions}, replicas: ${servers.length} }`],
    });
    const sender = await sending(settings);
    return {
      ...way(edge, [{ role: "edge", program: edge.program }, sender]),
      inStream: async () => {
        const pending = (): Promise<number> => edge.metric("walq_pending_signals");
        await until("the edge has handed all over", async () => await pending() === 0);
      },
    };
  },
};

async function sending(settings: WaySettings): Promise<Walq> {
  const { runtime, url } = settings;
  const { program } = await started(runtime, { urls: [url], queue: store(settings, true) });
  return { role: "sender", program };
}

async function started(
  runtime: AnyRuntime,
  setup: {
    readonly urls: readonly string[];
    readonly queue?: readonly string[];
    readonly endpoint?: readonly string[];
  },
): Promise<WalqProgram> {
  const directory = scratchDirectory("bench");
  const config = await writeBenchConfig({ ...setup, directory, out: "1.0", queueConfig: [] });
  return await WalqProgram.start(runtime, config);
}

function way(first: WalqProgram, walqs: readonly Walq[]): Way {
  const metric = "alloy_queue_series_disk_compressed_bytes_written_total";
  return {
    writeUrl: first.writeUrl,
    walqs,
    fileBytes: async () => (await first.metric(metric)) || 0,
    inStream: () => Promise.resolve(),
  };
}

function store({ servers, partitions }: WaySettings, sends: boolean): string[] {
  return [
    "store:",
    `  url: ${streamUrl(servers)}`,
    `  partitions: ${partitions}`,
    `  replicas: ${servers.length}`,
    `  sends: ${sends}`,
  ];
}

function streamUrl(servers: readonly NatsServer[]): string {
  return `nats://${servers.map(({ address }) => address).join(",")}/${STREAM}`;
}
