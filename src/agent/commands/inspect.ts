import { dataPathFlags, endpointFlag, formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq inspect`. */
export const inspectRow: CommandRow = {
  name: "inspect",
  summary: "show what is in a queue's files, or in one of them",
  description: [
    "Of a directory (a data path, an endpoint's directory, its wal, or an export): what each " +
    "endpoint has, by the heads of the files. Of a file, which is read whole: its head, what it " +
    "has of each kind of signal, and the first signals; the exit code is 1 when --match selects " +
    "none. Nothing is changed, and a running walq is not disturbed.",
  ],
  positionals: [
    { name: "PATH", kind: "path", help: "a file, or a directory", isRepeatable: true },
  ],
  flags: [
    ...dataPathFlags,
    endpointFlag,
    { name: "--files", help: "of a directory: a line for each file, too" },
    {
      name: "--limit",
      help: "of a file: show at most so many signals",
      value: { kind: "count", name: "N", default: "10" },
    },
    {
      name: "--match",
      help: 'of a file: show those of these series alone, such as up{job="node"}',
      value: { kind: "text", name: "SELECTOR" },
    },
    formatFlag,
  ],
  examples: [
    { line: "inspect --data-path data", shows: "what each endpoint has" },
    { line: "inspect data/mimir --files", shows: "the same of one endpoint, file by file" },
    {
      line: "inspect data/mimir/wal/17.committed --match up --format json",
      shows: "one file, and the series with the name up in it",
    },
  ],
  run: async (args, host) => (await import("./handlers/files.ts")).inspect(args, host),
};
