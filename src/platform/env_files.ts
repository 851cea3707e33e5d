import { readFileSync } from "node:fs";
import process from "node:process";
import { runtimeName } from "./runtime_name.ts";

/** The environment that the process was started with, as Linux keeps it. */
const OWN_ENVIRONMENT = "/proc/self/environ";

/**
 * Takes back what Bun has put into the environment from `.env` files of the directory
 * that it was started in. Node and Deno read such files when they are told to, and so
 * does Bun by `--env-file`: that is left alone. Elsewhere than on Linux nobody can tell
 * where a variable came from, and `bun --no-env-file` does the same.
 *
 * For the program alone: what an application has in its environment is its own affair.
 */
export function forgetEnvFiles(): void {
  if (runtimeName() !== "bun" || process.execArgv.some((word) => word.startsWith("--env-file"))) {
    return;
  }
  const own = ownNames();
  if (own === undefined) return;
  for (const name of Object.keys(process.env)) if (!own.has(name)) delete process.env[name];
}

function ownNames(): Set<string> | undefined {
  try {
    const entries = readFileSync(OWN_ENVIRONMENT, "utf8").split("\0");
    return new Set(entries.map((entry) => entry.slice(0, entry.indexOf("="))));
  } catch {
    return undefined;
  }
}
