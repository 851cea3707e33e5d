import { spawnSync } from "node:child_process";
import process from "node:process";
import type { Runtime } from "../test/peers/support/walq.ts";

const COMMANDS: Readonly<Record<Runtime, readonly string[]>> = {
  node: [process.execPath, "build/bench/kernel.js"],
  deno: ["node_modules/.bin/deno", "run", "-A", "--no-check", "bench/kernel.ts"],
  bun: ["node_modules/.bin/bun", "bench/kernel.ts"],
};

/** Runs the benchmark of the kernel under each runtime. */
export function runKernelBench(runtimes: readonly Runtime[]): void {
  for (const runtime of runtimes) {
    const [file = "", ...args] = COMMANDS[runtime];
    console.log(`kernel under ${runtime}`);
    spawnSync(file, args, { stdio: "inherit" });
  }
}
