import { scratchDirectory } from "../test/peers/support/scratch.ts";
import type { Program } from "../test/peers/support/program.ts";
import { Vmagent } from "../test/peers/support/victoria.ts";
import { type AnyRuntime, metricSum, WalqProgram } from "../test/peers/support/walq.ts";
import type { Wire } from "../test/peers/support/wire.ts";
import { writeBenchConfig } from "./walq_config.ts";

/** A program under load. */
export interface Contestant {
  readonly program: Program;
  readonly writeUrl: string;
  /** Bytes written to its queue's files since it started. */
  fileBytes(): Promise<number>;
}

/** A contestant that can be started again and again. */
export interface Entry {
  readonly name: string;
  /** How many it sends to. */
  readonly endpoints: number;
  readonly start: (urls: readonly string[]) => Promise<Contestant>;
}

/** What differs from walq's defaults. */
export interface WalqSettings {
  readonly runtime: AnyRuntime;
  /** How it sends. */
  readonly out?: Wire;
  readonly endpoints?: number;
  /** Lines of each endpoint's `queue_config`. */
  readonly queueConfig?: readonly string[];
}

export function walqEntry(settings: WalqSettings): Entry {
  const { runtime, out = "1.0", endpoints = 1, queueConfig = [] } = settings;
  return {
    name: ["walq", runtime, ...queueConfig].join(", "),
    endpoints,
    start: async (urls) => {
      const config = await writeBenchConfig({
        directory: scratchDirectory("bench"),
        urls,
        out,
        queueConfig,
      });
      const walq = await WalqProgram.start(runtime, config);
      const metric = "alloy_queue_series_disk_compressed_bytes_written_total";
      return {
        program: walq.program,
        writeUrl: walq.writeUrl,
        fileBytes: () => walq.metric(metric),
      };
    },
  };
}

/** vmagent on its defaults. */
export function vmagentEntry(endpoints = 1): Entry {
  return {
    name: "vmagent",
    endpoints,
    start: async ([first = "", ...others]) => {
      const vmagent = await Vmagent.start(first, others.map((url) => `-remoteWrite.url=${url}`));
      const { program, origin, writeUrl } = vmagent;
      const fileBytes = async (): Promise<number> =>
        metricSum(
          await (await fetch(`${origin}/metrics`)).text(),
          "vm_persistentqueue_bytes_written_total",
        );
      return { program, writeUrl, fileBytes };
    },
  };
}
