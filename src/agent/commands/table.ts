import { agentRow } from "./agent.ts";
import { checkRow } from "./check.ts";
import { completionRow } from "./completion.ts";
import { demoRow } from "./demo.ts";
import type { CommandRow } from "./row.ts";
import { dropRow } from "./drop.ts";
import { healthRow } from "./health.ts";
import { natsRow } from "./nats.ts";
import { rejectedRow, retryRejectedRow } from "./rejected.ts";
import { replayRow } from "./replay.ts";
import { runRow } from "./run.ts";
import { statusRow } from "./status.ts";
import { convertRow } from "./convert.ts";
import { exportRow } from "./export.ts";
import { importRow } from "./import.ts";
import { inspectRow } from "./inspect.ts";
import { repairRow } from "./repair.ts";
import { verifyRow } from "./verify.ts";

/** All subcommands, in the order of help. Parsing, help and shell completions are made from them. */
export const COMMANDS: readonly CommandRow[] = [
  runRow,
  agentRow,
  checkRow,
  demoRow,
  natsRow,
  statusRow,
  healthRow,
  dropRow,
  rejectedRow,
  retryRejectedRow,
  replayRow,
  inspectRow,
  verifyRow,
  repairRow,
  exportRow,
  importRow,
  convertRow,
  completionRow(() => COMMANDS),
];
