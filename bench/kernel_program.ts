import { spawnSync } from "node:child_process";
import process from "node:process";
import type { AnyRuntime } from "../test/peers/support/walq.ts";

/** A benchmark that is a program of its own, so that each runtime can run it. */
export type KernelBench = "kernel" | "relabel" | "pages" | "otlp" | "appender";

const COMMANDS: Readonly<Record<AnyRuntime, (bench: KernelBench) => readonly string[]>> = {
  node: (bench) => [process.execPath, `build/bench/${bench}.js`],
  "node-26": (bench) => ["node_modules/node-26/bin/node", `build/bench/${bench}.js`],
  deno: (bench) => [
    "node_modules/.bin/deno",
    "run",
    "-A",
    "--no-check",
    `bench/${bench}.ts`,
  ],
  bun: (bench) => ["node_modules/.bin/bun", `bench/${bench}.ts`],
};

/** Runs a benchmark of the kernel under each runtime. */
export function runKernelBench(bench: KernelBench, runtimes: readonly AnyRuntime[]): void {
  for (const runtime of runtimes) {
    const [file = "", ...args] = COMMANDS[runtime](bench);
    console.log(`${bench} under ${runtime}`);
    spawnSync(file, args, { stdio: "inherit" });
  }
}
