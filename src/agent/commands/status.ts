import { PLACE_FLAGS } from "../remote/reach_flags.ts";
import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq status`. */
export const statusRow: CommandRow = {
  name: "status",
  summary: "what is pending, how far behind, what comes in and goes out, what was dropped",
  description: [
    "Of a program that runs, or of a directory that no program uses: its lock is taken meanwhile.",
    "Rates are those between two looks. PENDING has a + while files found at the start are " +
    "still being counted.",
  ],
  positionals: [],
  flags: [
    ...PLACE_FLAGS,
    { name: "--watch", help: "again and again, until it is interrupted" },
    {
      name: "--interval",
      help: "from one look to the next",
      value: { kind: "duration", name: "TIME", default: "2s", most: { ms: 3_600_000, text: "1h" } },
    },
    formatFlag,
  ],
  examples: [
    { line: "status", shows: "the program at its default address" },
    { line: "status --config walq.yaml --watch", shows: "the program of that configuration" },
    { line: "status --data-path data --format json", shows: "what a stopped one has left" },
  ],
  run: async (args, host) => {
    const { watchStatus } = await import("../remote/watch_status.ts");
    return await watchStatus(args, host);
  },
};
