/**
 * What the tools on files cost, on a queue of so many gigabytes. Each is a process of its own,
 * by the command line that a user has; its time is from start to end.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { dataPathOf } from "../test/peers/support/walq.ts";
import { fillQueue, writeFiles } from "./backlog_files.ts";
import { formatTable } from "./table.ts";

const SAMPLES_A_FILE = 10_000;
/** Texts are several times as large, and are made of a part of the files. */
const TEXT_SHARE = 100;
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const PROGRAM = resolve("build/src/agent/main.js");
const HOOK = resolve("build/bench/usage_hook.js");

interface Measured {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly said: string;
}

export async function measureTools(gigabytes: number): Promise<void> {
  const files = await writeFiles(SAMPLES_A_FILE);
  const fileBytes = files.reduce((sum, { length }) => sum + length, 0) / files.length;
  const count = Math.ceil(gigabytes * GIB / fileBytes);
  const directory = scratchDirectory("tools");
  fillQueue(directory, files, count);
  const dataPath = dataPathOf(directory);
  const at = (name: string): string => join(directory, name);
  console.log(
    `${count} files of ${SAMPLES_A_FILE} samples, ${(count * fileBytes / GIB).toFixed(1)} GiB; ` +
      `node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, ` +
      new Date().toISOString().slice(0, 10),
  );
  const measured: Measured[] = [];
  const run = (name: string, ...args: string[]): void => {
    measured.push(measure(name, args, at("usage.json")));
    console.error(`${name}: ${measured.at(-1)!.said}`);
  };
  run("inspect", "inspect", dataPath);
  run("verify", "verify", dataPath);
  run("repair --dry-run", "repair", dataPath, "--dry-run");
  run("export, archive", "export", at("a.tar"), "--data-path", dataPath);
  run("export, directory", "export", at("links"), "--data-path", dataPath);
  run("import, archive", "import", at("a.tar"), "--data-path", at("to"));
  run("import, again", "import", at("a.tar"), "--data-path", at("to"));
  rmSync(at("to"), { recursive: true });
  const part = join(directory, "part");
  fillQueue(part, files, Math.ceil(count / TEXT_SHARE));
  const texts = dataPathOf(part);
  run("a hundredth as jsonl", "export", at("a.jsonl"), "--data-path", texts, "--format", "jsonl");
  const textBytes = statSync(at("a.jsonl")).size;
  run("import of that", "import", at("a.jsonl"), "--data-path", at("text"), "--endpoint", "peer");
  rmSync(at("text"), { recursive: true });
  rmSync(at("a.jsonl"));
  const openMetrics = ["--data-path", texts, "--format", "openmetrics"];
  run("a hundredth as openmetrics", "export", at("a.txt"), ...openMetrics);
  run("export --move", "export", at("b.tar"), "--data-path", dataPath, "--move");
  const batch = join(at("links"), "peer", "wal", "1.committed");
  run("convert, a file to alloy", "convert", batch, at("alloy"), "--to", "alloy");
  run("convert, and back", "convert", at("alloy"), at("walq"), "--to", "walq");
  console.log(table(measured));
  console.log(`the JSON lines were ${(textBytes / GIB).toFixed(1)} GiB`);
}

function measure(name: string, args: readonly string[], usage: string): Measured {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: `--import=${HOOK}`, WALQ_USAGE: usage },
    maxBuffer: 64 * MIB,
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stdout}${stderr}`);
  const said = stdout.trim().split("\n").at(-1) ?? "";
  return { name, seconds, said, ...JSON.parse(readFileSync(usage, "utf8")) };
}

function table(measured: readonly Measured[]): string {
  return formatTable([
    ["", "seconds", "CPU seconds", "peak RSS, MiB"],
    ...measured.map(({ name, seconds, cpuSeconds, peakRssBytes }) => [
      name,
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
      (peakRssBytes / MIB).toFixed(0),
    ]),
  ]);
}
