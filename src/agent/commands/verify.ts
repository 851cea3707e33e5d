import { dataPathFlags, formatFlag } from "./common_flags.ts";
import { QUERY_FLAGS } from "./query_flags.ts";
import type { CommandRow } from "./row.ts";

/** `walq verify`. */
export const verifyRow: CommandRow = {
  name: "verify",
  summary: "read all files of a queue, check every byte, and say what is damaged",
  description: [
    "Nothing is changed, and a running walq is not disturbed: what it delivers meanwhile is " +
    "counted as gone. The exit code is 1 if anything is damaged. Files in quarantine/ are " +
    "damaged as is known: they are counted, and not read.",
    "With --query-url it is the receiver that is asked: how many samples it has of each series, " +
    "window by window, held against what was delivered to it and is kept " +
    "(queue_config.keep_delivered). With --config series are looked for as the endpoint's " +
    "external labels and write_relabel_configs make them. The exit code is 1 if any is missing.",
  ],
  positionals: [
    { name: "DIR", kind: "directory", help: "a data path, an endpoint's directory, or an export" },
  ],
  flags: [...dataPathFlags, formatFlag, ...QUERY_FLAGS],
  examples: [
    { line: "verify --data-path data", shows: "every file of every endpoint" },
    { line: "verify data/mimir", shows: "those of one endpoint" },
    {
      line: "verify --config walq.yaml --endpoint mimir --query-url http://mimir:8080/prometheus",
      shows: "whether mimir has what was delivered to it",
    },
  ],
  run: async (args, host) =>
    args.has("--query-url")
      ? (await import("../remote/verify_receiver.ts")).verifyReceiver(args, host)
      : (await import("./handlers/files.ts")).verify(args, host),
};
