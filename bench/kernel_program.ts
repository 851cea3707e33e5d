import { spawnSync } from "node:child_process";
import process from "node:process";
import type { Runtime } from "../test/peers/support/walq.ts";

/** A benchmark that is a program of its own, so that each runtime can run it. */
export type KernelBench = "kernel" | "relabel" | "pages" | "otlp";

/** All of them. */
export const KERNEL_BENCHES: readonly KernelBench[] = ["kernel", "relabel", "pages", "otlp"];

const COMMANDS: Readonly<Record<Runtime, (bench: KernelBench) => readonly string[]>> = {
  node: (bench) => [process.execPath, `build/bench/${bench}.js`],
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
export function runKernelBench(bench: KernelBench, runtimes: readonly Runtime[]): void {
  for (const runtime of runtimes) {
    const [file = "", ...args] = COMMANDS[runtime](bench);
    console.log(`${bench} under ${runtime}`);
    spawnSync(file, args, { stdio: "inherit" });
  }
}
