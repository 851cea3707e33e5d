import { dataPathFlags, formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq repair`. */
export const repairRow: CommandRow = {
  name: "repair",
  summary: "save what can be saved of a damaged queue that is at rest",
  description: [
    "Damaged files go to quarantine/, with the reason beside them; what a crash left of a write " +
    "is removed; reasons that are missing are written; ids that files have are reserved. " +
    "It takes the lock of the data path, so it does not run beside walq. A running walq does " +
    "the same by itself, when it comes to a file.",
  ],
  positionals: [
    { name: "DIR", kind: "directory", help: "the data path" },
  ],
  flags: [
    ...dataPathFlags,
    { name: "--dry-run", help: "say what would be done, and change nothing" },
    {
      name: "--restore",
      help: "files in quarantine/ that can be read whole go back, and are sent",
    },
    formatFlag,
  ],
  examples: [
    { line: "repair --data-path data --dry-run", shows: "what would be done" },
    { line: "repair --data-path data", shows: "do it" },
  ],
  run: async (args, host) => (await import("./handlers/files.ts")).repair(args, host),
};
