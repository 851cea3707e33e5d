import { dataPathFlags, endpointFlag } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq export`. */
export const exportRow: CommandRow = {
  name: "export",
  summary: "write what is pending to files, for machines that have no network",
  description: [
    "As walq (the default) each batch leaves as the file that it is, with every kind of signal and " +
    'start timestamps, for "walq import" on another machine: as one archive that tar can read, if ' +
    "TO ends with .tar, else as a directory. --move removes from the queue what was exported, when " +
    "the export is durable; killed at any moment, nothing is lost.",
    "As jsonl (VictoriaMetrics's JSON lines, for its /api/v1/import) or openmetrics (for promtool " +
    "tsdb create-blocks-from openmetrics) only samples leave: what the form cannot carry is counted " +
    "and told. TO is a file, or - for standard output.",
    "Beside a running walq it copies what is pending at this moment; --move needs the queue at rest.",
  ],
  positionals: [
    { name: "TO", kind: "path", help: "a file or a directory that is not there", isRequired: true },
  ],
  flags: [
    ...dataPathFlags,
    endpointFlag,
    {
      name: "--format",
      help: "walq, jsonl or openmetrics",
      value: {
        kind: "choice",
        name: "FORMAT",
        choices: ["walq", "jsonl", "openmetrics"],
        default: "walq",
      },
    },
    {
      name: "--from",
      help: "what is of this moment or later; as walq, whole batches that have some of it",
      value: { kind: "time", name: "TIME" },
    },
    {
      name: "--to",
      help: "what is before this moment; as walq, whole batches that have some of it",
      value: { kind: "time", name: "TIME" },
    },
    { name: "--move", help: "as walq: remove what was exported from the queue" },
  ],
  examples: [
    { line: "export backlog.tar --data-path data", shows: "a copy of all that is pending" },
    {
      line: "export backlog.tar --data-path data --move",
      shows: "take it away; walq must not run",
    },
    {
      line: "export mimir.jsonl --data-path data --endpoint mimir --format jsonl --from 4h",
      shows: "the samples of the last four hours, for VictoriaMetrics",
    },
  ],
  run: async (args, host) => (await import("./handlers/export.ts")).runExport(args, host),
};
