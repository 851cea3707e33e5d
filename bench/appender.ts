/**
 * Nanoseconds of CPU a sample of appending, on the runtime it is run by: by reference, by an
 * object of labels that is the same each time, and by one that is made for each sample, of
 * 10,000 series of 10 labels that came before; and of the durable commit behind it. They
 * take turns; medians.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Labels, Queue, type SeriesRef } from "../mod.ts";
import { ids, tenLabels } from "../test/peers/support/workload.ts";
import { spreadOf } from "./statistics.ts";
import { formatTable } from "./table.ts";

const SERIES = 10_000;
const WARM_UP_ROUNDS = 20;
const ROUNDS = 60;

const dataPath = mkdtempSync(join(tmpdir(), "walq-bench-appender-"));
// Nobody is there: what is sent costs nothing.
const endpoints = [{ name: "none", url: "http://127.0.0.1:9/write" }];
const queue = await Queue.open({ dataPath, endpoints }, { logger: "silent" });
try {
  await compareWays();
} finally {
  await queue.close({ graceMs: 0 });
  rmSync(dataPath, { recursive: true });
}

async function compareWays(): Promise<void> {
  const appender = queue.appender();
  const objects: readonly Labels[] = ids(0, SERIES).map((id) =>
    Object.fromEntries(tenLabels("bench_appender", id))
  );
  const refs: readonly SeriesRef[] = objects.map((labels) => appender.append(labels, 0, 0));
  appender.rollback();
  const ways: Readonly<Record<string, (id: number) => Labels | SeriesRef>> = {
    "by reference": (id) => refs[id]!,
    "by an object that is kept": (id) => objects[id]!,
    "by a fresh object, made with it": (id) => ({ ...objects[id]! }),
  };
  const measured = Object.keys(ways).map((name) => ({
    name,
    append: [] as number[],
    commit: [] as number[],
  }));
  const firstMs = Date.now();
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const [turn, { name, append, commit }] of measured.entries()) {
      const labelsOf = ways[name]!;
      const timestampMs = firstMs + round * measured.length + turn;
      const appending = process.cpuUsage();
      for (let id = 0; id < SERIES; id++) {
        appender.append(labelsOf(id), timestampMs, id * round);
      }
      const appended = process.cpuUsage(appending);
      const committing = process.cpuUsage();
      await appender.commit({ durable: true });
      const committed = process.cpuUsage(committing);
      if (round < WARM_UP_ROUNDS) continue;
      append.push(nsOf(appended));
      commit.push(nsOf(committed));
    }
  }
  console.log(formatTable([
    ["ns of CPU a sample, median (least-most)", "append", "durable commit"],
    ...measured.map(({ name, append, commit }) => [name, told(append), told(commit)]),
  ]));
}

function nsOf({ user, system }: { readonly user: number; readonly system: number }): number {
  return (user + system) * 1000 / SERIES;
}

function told(values: readonly number[]): string {
  const { median, least, most } = spreadOf(values);
  return `${median.toFixed(0)} (${least.toFixed(0)}-${most.toFixed(0)})`;
}
