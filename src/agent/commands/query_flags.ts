import { HTTP_FLAGS } from "../remote/reach_flags.ts";
import { endpointFlag } from "./common_flags.ts";
import type { Flag } from "./flags.ts";

/** How a receiver is asked for what it got. */
export const QUERY_FLAGS: readonly Flag[] = [
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
