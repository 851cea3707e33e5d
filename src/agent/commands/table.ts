import { agentRow } from "./agent.ts";
import { checkRow } from "./check.ts";
import { demoRow } from "./demo.ts";
import type { CommandRow } from "./row.ts";
import { runRow } from "./run.ts";

/** All subcommands, in the order of help. Parsing, help and shell completions are made from them. */
export const COMMANDS: readonly CommandRow[] = [
  runRow,
  agentRow,
  checkRow,
  demoRow,
];
