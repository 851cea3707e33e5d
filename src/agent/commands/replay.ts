import { ENDPOINT_FLAG, PLACE_FLAGS } from "../remote/reach_flags.ts";
import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq replay`. */
export const replayRow: CommandRow = {
  name: "replay",
  summary: "send once more what was delivered, and is kept",
  description: [
    "What was delivered is kept where queue_config.keep_delivered says so. Signals of that time " +
    "go again; metadata does with files that lie in it as a whole.",
    "A file that is damaged is passed over, and named: then the exit code is 3. It is 1 when " +
    "nothing of that time is kept.",
    "A program that runs does it itself, where server.enable_admin_api allows it. In a directory " +
    "that no program uses it is put back to what waits, and is sent at the next start.",
  ],
  positionals: [],
  flags: [
    {
      name: "--from",
      help: "what has a timestamp from this moment on",
      value: { kind: "time", name: "TIME", isRequired: true },
    },
    {
      name: "--to",
      help: "and before this one",
      value: { kind: "time", name: "TIME", default: "now" },
    },
    ENDPOINT_FLAG,
    { name: "--dry-run", help: "say how much it would be, and send nothing" },
    ...PLACE_FLAGS,
    formatFlag,
  ],
  examples: [{ line: "replay --from 6h --to 4h", shows: "two hours that a receiver has lost" }],
  run: async (args, host) => {
    const { replay } = await import("../remote/act.ts");
    return await replay(args, host);
  },
};
