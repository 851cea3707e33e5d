import type { LogFormat, LogLevel } from "../log.ts";
import { sourceOf } from "./config_source.ts";
import { configFlag, logFormatFlag, logLevelFlag, setFlag } from "./common_flags.ts";
import { load } from "./load.ts";
import type { CommandRow } from "./row.ts";

/** `walq run`. */
export const runRow: CommandRow = {
  name: "run",
  summary: "take metrics in, keep them on disk, send them on",
  description: [
    "SIGHUP reads the configuration again; SIGTERM ends it, with what is pending on disk.",
  ],
  positionals: [],
  flags: [
    configFlag,
    setFlag,
    {
      name: "--shutdown-grace",
      help: "on SIGTERM go on sending for at most this long",
      value: {
        kind: "duration",
        name: "TIME",
        default: "5s",
        most: { ms: 3_600_000, text: "1h" },
      },
    },
    logFormatFlag,
    logLevelFlag,
  ],
  examples: [{ line: "run --config walq.yaml", shows: "the program, by its configuration" }],
  run: async (args, host) => {
    const { runAgent } = await load();
    return await runAgent(sourceOf(args, host), {
      logFormat: args.needed("--log-format") as LogFormat,
      logLevel: args.needed("--log-level") as LogLevel,
      shutdownGraceMs: args.durationMs("--shutdown-grace") ?? 0,
      remarks: [],
      scraping: {},
    }, host);
  },
};
