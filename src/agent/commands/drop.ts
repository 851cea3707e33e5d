import { ENDPOINT_FLAG, PLACE_FLAGS } from "../remote/reach_flags.ts";
import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq drop`. */
export const dropRow: CommandRow = {
  name: "drop",
  summary: "skip a backlog on purpose: what is older is not sent any more",
  description: [
    "Files of which all signals have older timestamps are deleted, counted as dropped with the " +
    "reason skipped. One that is older in part stays whole.",
    "A moment in the future is refused, as all that waits would go: --before now is for all that " +
    "is older than now. What has timestamps ahead of the clock, as a host with a wrong clock " +
    "sends it, goes by --future. Ten minutes are nothing: clocks differ.",
    "A program that runs does it itself, where server.enable_admin_api allows it. Of a directory " +
    "that no program uses the lock is taken meanwhile.",
  ],
  positionals: [],
  flags: [
    {
      name: "--before",
      help: "what has a timestamp before this moment",
      value: { kind: "time", name: "TIME", isRequired: true },
    },
    ENDPOINT_FLAG,
    {
      name: "--future",
      help: "TIME is meant although it is in the future: all goes that is there",
    },
    { name: "--dry-run", help: "say how much it would be, and drop nothing" },
    { name: "--yes", help: "do not ask before" },
    ...PLACE_FLAGS,
    formatFlag,
  ],
  examples: [
    { line: "drop --before 6h --endpoint mimir", shows: "keep the last six hours" },
    { line: "drop --before now --data-path data --dry-run", shows: "how much a stopped one has" },
  ],
  run: async (args, host) => {
    const { drop } = await import("../remote/act.ts");
    return await drop(args, host);
  },
};
