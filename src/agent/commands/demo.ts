import type { LogFormat } from "../log.ts";
import { logFormatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq demo`. */
export const demoRow: CommandRow = {
  name: "demo",
  summary: "show it at work, with data in ./data",
  positionals: [],
  flags: [
    logFormatFlag,
    { name: "--outage", help: "the receiver is down for 20 seconds; ends by itself" },
  ],
  examples: [{ line: "demo --outage", shows: "what an outage looks like, in half a minute" }],
  run: async (args, host) => {
    const { runDemo } = await import("../demo/demo.ts");
    const logFormat = args.needed("--log-format") as LogFormat;
    return await runDemo({ outage: args.has("--outage"), logFormat }, host);
  },
};
