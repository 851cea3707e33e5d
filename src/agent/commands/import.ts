import { dataPathFlags } from "./common_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq import`. */
export const importRow: CommandRow = {
  name: "import",
  summary: "put what was exported on another machine into the queue of this one",
  description: [
    "Batches of an export get new ids, behind all that is pending, and are sent when walq runs. " +
    "Each endpoint remembers what it got (imported.log in its directory), so an import that was " +
    "killed, or is run again, doubles nothing. It takes the lock of the data path: it does not run " +
    "beside walq.",
    "Texts become batches, too: jsonl as VictoriaMetrics exports it, and OpenMetrics. A text " +
    "does not say which endpoint is to get it: --endpoint does. A file that was cut is refused, " +
    "and so is OpenMetrics without its last line, # EOF.",
    "A text may come from standard input, as -. It is taken piece by piece: where its end is " +
    "missing, what came before is in the queue (exit code 3), and the whole text can be imported " +
    "again.",
  ],
  positionals: [
    {
      name: "FROM",
      kind: "path",
      help: 'an archive or directory of "walq export", or a text; - is a text on standard input',
      isRequired: true,
    },
  ],
  flags: [
    ...dataPathFlags,
    {
      name: "--endpoint",
      help: "the endpoint that gets it, in place of the one of the same name",
      value: { kind: "text", name: "NAME", isRepeatable: true },
    },
    {
      name: "--of",
      help: "the one endpoint of the export whose batches are imported",
      value: { kind: "text", name: "NAME" },
    },
    {
      name: "--format",
      help: "walq, jsonl or openmetrics; auto looks into the file",
      value: {
        kind: "choice",
        name: "FORMAT",
        choices: ["auto", "walq", "jsonl", "openmetrics"],
        default: "auto",
      },
    },
  ],
  examples: [
    { line: "import backlog.tar --config walq.yaml", shows: "for the endpoints of the same names" },
    {
      line: "import backlog.tar --data-path data --of edge --endpoint mimir",
      shows: "what was pending for edge there, for mimir here",
    },
    {
      line: "import old.jsonl --data-path data --endpoint mimir",
      shows: "samples that VictoriaMetrics has exported",
    },
    {
      line: "import - --data-path data --endpoint mimir --format openmetrics",
      shows: "a text that another program writes to this one",
    },
  ],
  run: async (args, host) => (await import("./handlers/export.ts")).runImport(args, host),
};
