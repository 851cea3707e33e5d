import { metricSum, type Runtime, WalqProgram, writeConfig } from "../test/peers/support/walq.ts";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { Vmagent } from "../test/peers/support/victoria.ts";
import type { Program } from "../test/peers/support/program.ts";

/** A program under load. */
export interface Contestant {
  readonly program: Program;
  readonly writeUrl: string;
  /** Bytes written to its queue's files since it started. */
  fileBytes(): Promise<number>;
}

/** A column of the comparison. */
export interface Entry {
  readonly name: string;
  readonly start: (sinkUrl: string) => Promise<Contestant>;
}

/** walq on its defaults, or with one setting of `queue_config`. */
export function walqEntry(runtime: Runtime, setting?: string): Entry {
  return {
    name: `walq, ${runtime}${setting ? `, ${setting}` : ""}`,
    start: async (url) => {
      const directory = scratchDirectory("bench");
      const queueConfig = setting ? [setting] : ["max_shards: 4"];
      const config = await writeConfig({ directory, url, queueConfig });
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

/** vmagent on its defaults, or with one flag. */
export function vmagentEntry(flag?: string): Entry {
  return {
    name: `vmagent${flag ? `, ${flag}` : ""}`,
    start: async (url) => {
      const vmagent = await Vmagent.start(url, flag ? [`-remoteWrite.${flag}`] : []);
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
