import { HTTP_FLAGS } from "../remote/reach_flags.ts";
import { dataPathFlags, endpointFlag, formatFlag } from "./common_flags.ts";
import type { Flag } from "./flags.ts";
import type { CommandRow } from "./row.ts";

/** How a receiver is asked for what it got. */
const QUERY_FLAGS: readonly Flag[] = [
  {
    name: "--query-url",
    help: "ask this receiver, by Prometheus's API below it, such as http://127.0.0.1:9090",
    value: { kind: "url", name: "URL" },
  },
  endpointFlag,
  {
    name: "--of",
    help: "compare what was delivered, or the files in wal, which are those of an export",
    value: { kind: "choice", name: "WHAT", choices: ["delivered", "wal"], default: "delivered" },
  },
  {
    name: "--window",
    help: "samples are counted by windows of this length",
    value: { kind: "duration", name: "TIME", default: "5m", most: { ms: 3_600_000, text: "1h" } },
  },
  {
    name: "--from",
    help: "only windows that reach beyond this moment",
    value: { kind: "time", name: "TIME" },
  },
  {
    name: "--to",
    help: "only windows that begin before this moment",
    value: { kind: "time", name: "TIME" },
  },
  {
    name: "--parallel",
    help: "so many questions at once",
    value: { kind: "count", name: "COUNT", default: "4" },
  },
  {
    name: "--limit",
    help: "tell so many series and windows of which samples are missing",
    value: { kind: "count", name: "COUNT", default: "100" },
  },
  {
    name: "--ignore-label",
    help: "a label that the receiver adds by itself, such as replica",
    value: { kind: "text", name: "NAME", isRepeatable: true },
  },
  ...HTTP_FLAGS,
];

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
