import { dataPathFlags, formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq verify`. */
export const verifyRow: CommandRow = {
  name: "verify",
  summary: "read all files of a queue, check every byte, and say what is damaged",
  description: [
    "Nothing is changed, and a running walq is not disturbed: what it delivers meanwhile is " +
    "counted as gone. The exit code is 1 if anything is damaged. Files in quarantine/ are " +
    "damaged as is known: they are counted, and not read.",
  ],
  positionals: [
    { name: "DIR", kind: "directory", help: "a data path, an endpoint's directory, or an export" },
  ],
  flags: [...dataPathFlags, formatFlag],
  examples: [
    { line: "verify --data-path data", shows: "every file of every endpoint" },
    { line: "verify data/mimir", shows: "those of one endpoint" },
  ],
  run: async (args, host) => (await import("./handlers/files.ts")).verify(args, host),
};
