import process from "node:process";
import { Program } from "../test/peers/support/program.ts";
import type { Wire } from "../test/peers/support/wire.ts";
import type { LoadReport } from "./load.ts";

/** How much is sent, and how fast. */
export interface Load {
  readonly series: number;
  /** Samples a request. */
  readonly rows: number;
  readonly scrapes: number;
  readonly intervalMs: number;
  /** @default "1.0" */
  readonly wire?: Wire;
  /** The series of each scrape are new ones. */
  readonly isChurn?: boolean;
  /** Of the first series; @default 0 */
  readonly firstId?: number;
}

/** Sends a load from a process of its own; resolves when all of it is answered. */
export async function runLoad(url: string, load: Load): Promise<LoadReport> {
  const { wire = "1.0", isChurn = false, firstId = 0 } = load;
  const program = new Program([
    process.execPath,
    "build/bench/load.js",
    ...["--url", url, "--series", String(load.series), "--rows", String(load.rows)],
    ...["--scrapes", String(load.scrapes), "--interval-ms", String(load.intervalMs)],
    ...["--wire", wire, "--first-id", String(firstId), ...(isChurn ? ["--churn"] : [])],
  ]);
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`The load failed: ${program.describe()}`);
  return JSON.parse(program.output) as LoadReport;
}
