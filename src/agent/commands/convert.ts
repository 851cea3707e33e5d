import { formatFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq convert`. */
export const convertRow: CommandRow = {
  name: "convert",
  summary: "convert a queue file or a text to another format",
  description: [
    "Reads batches of walq and Alloy (both of its formats), JSON lines as VictoriaMetrics exports " +
    "them, and OpenMetrics; which one it is, it sees. Writes batches of walq and Alloy (v1), JSON " +
    "lines and OpenMetrics. What the new format cannot carry is counted and told.",
  ],
  positionals: [
    { name: "FROM", kind: "file", help: "the file", isRequired: true },
    {
      name: "TO",
      kind: "file",
      help: "a file that is not there; - is standard output, for texts",
      isRequired: true,
    },
  ],
  flags: [
    {
      name: "--to",
      help: "walq, alloy, jsonl or openmetrics",
      value: {
        kind: "choice",
        name: "FORMAT",
        choices: ["walq", "alloy", "jsonl", "openmetrics"],
        isRequired: true,
      },
    },
    formatFlag,
  ],
  examples: [
    {
      line: "convert data/mimir/wal/17.committed 17.jsonl --to jsonl",
      shows: "the samples of a batch",
    },
    { line: "convert alloy/1.committed 1.committed --to walq", shows: "a file of Alloy's" },
    { line: "convert page.txt 1.committed --to walq", shows: "a page of OpenMetrics, as a batch" },
  ],
  run: async (args, host) => (await import("./handlers/export.ts")).runConvert(args, host),
};
