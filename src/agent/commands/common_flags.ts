import { LOG_LEVELS } from "../log.ts";
import type { Flag } from "./flags.ts";

/** The configuration of the program, for commands that need one. */
export const configFlag: Flag = {
  name: "--config",
  help: "the configuration, in Prometheus's YAML; - is standard input",
  value: { kind: "file", name: "FILE", isRequired: true },
};

export const setFlag: Flag = {
  name: "--set",
  help: "override one key, such as server.listen=127.0.0.1:9099 or " +
    "remote_write[0].queue_config.max_shards=8",
  value: { kind: "text", name: "KEY=VALUE", isRepeatable: true },
};

export const logFormatFlag: Flag = {
  name: "--log-format",
  help: "logfmt or json",
  value: { kind: "choice", name: "FORMAT", choices: ["logfmt", "json"], default: "logfmt" },
};

export const logLevelFlag: Flag = {
  name: "--log-level",
  help: "the least that is logged: debug, info, warn or error",
  value: { kind: "choice", name: "LEVEL", choices: LOG_LEVELS, default: "info" },
};

/** For commands that print something for people, or for programs. */
export const formatFlag: Flag = {
  name: "--format",
  help: "text for people, json for programs",
  value: { kind: "choice", name: "FORMAT", choices: ["text", "json"], default: "text" },
};

/** Where a queue is, for commands that work on its files: one of these two. */
export const dataPathFlags: readonly Flag[] = [
  {
    name: "--data-path",
    help: "the directory that walq keeps its data in",
    value: { kind: "directory", name: "DIR" },
  },
  {
    name: "--config",
    help: "the configuration that says so (queue.data_path)",
    value: { kind: "file", name: "FILE" },
  },
];

/** One endpoint alone. */
export const endpointFlag: Flag = {
  name: "--endpoint",
  help: "this endpoint alone",
  value: { kind: "text", name: "NAME" },
};
