/** The tables of a benchmark, and a JSON file beside it with all that was measured. */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { type Columns, formatSummaries, type Row, summarize } from "./comparison.ts";

/** How often, and where to. */
export interface Reporting {
  readonly rounds: number;
  /** The JSON file. */
  readonly path: string;
}

/** What was run. */
export interface Ran<Cost> {
  readonly command: string;
  /** How it was set up: as the JSON file is to say it. */
  readonly setup: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row<Cost>[];
  /** What each table shows of them. */
  readonly tables: readonly Columns<Cost>[];
}

/** Prints the tables and writes the file. */
export function report<Cost>({ rounds, path }: Reporting, ran: Ran<Cost>): void {
  const { command, setup, rows, tables } = ran;
  for (const columns of tables) {
    console.log(formatSummaries(summarize(rows, columns), columns) + "\n");
  }
  const summaries = summarize(rows, {
    figures: tables.flatMap(({ figures }) => figures),
    ratios: tables.flatMap(({ ratios }) => ratios),
  });
  console.log(
    rounds === 1 ? "one round" : `medians of ${rounds} rounds (least-most); ` +
      "ratios are those within a round",
  );
  const content = {
    command,
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      // What it did meanwhile: above the number of programs here, it was not quiet.
      loadAverage: loadavg(),
    },
    node: process.version,
    rounds,
    setup,
    rows: summaries.map((summary, index) => ({ ...summary, costs: rows[index]!.costs })),
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content, undefined, 2) + "\n");
  console.log(`${path} has each round`);
}
