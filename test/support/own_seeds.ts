import process from "node:process";
import { runtimeName } from "../../src/platform/runtime_name.ts";

/**
 * Where the seeds of this runtime begin, if each of those of the test matrix tries so
 * many: together they try four times as many as one could in its time.
 */
export function firstSeedHere(seeds: number): number {
  return 1 + seeds * indexOfRuntime();
}

function indexOfRuntime(): number {
  const name = runtimeName();
  if (name === "deno") return 1;
  if (name === "bun") return 2;
  return process.versions.node.startsWith("20.") ? 3 : 0;
}
