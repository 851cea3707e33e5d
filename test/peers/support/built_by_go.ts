import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import process from "node:process";
import { missing } from "./installed.ts";

/** A program that Go has built: its path, or why it is not there. */
export interface BuiltByGo {
  readonly path: string;
  readonly skip: string | false;
}

/** Modules are fetched and compiled when Go has none of them yet. */
const BUILD_MS_MAX = 20 * 60_000;

/** What is built of a program that is not in `test/peers/` itself, and how. */
export interface BuildOptions {
  /** The package, of those that the program's go.mod has. */
  readonly package?: string;
  readonly tags?: string;
}

/** The same for one of Prometheus's own packages: some 150 modules, minutes on a machine whose Go has none of them yet. */
export function buildWhenAsked(name: string, options: BuildOptions = {}): BuiltByGo {
  if (process.env["WALQ_PEERS_GO"] === "1") return buildByGo(name, options);
  const skip = "Go builds it in minutes: WALQ_PEERS_GO=1 npm run test:peers";
  return { path: "", skip: missing("go") || skip };
}

/** Builds one of the programs in `test/peers/`. */
export function buildByGo(name: string, options: BuildOptions = {}): BuiltByGo {
  const path = resolve(join("build", "peers", name));
  const absent = missing("go");
  if (absent) return { path, skip: absent };
  const env = { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false" };
  const { package: wanted = ".", tags = "" } = options;
  const { status, stderr } = spawnSync("go", ["build", "-tags", tags, "-o", path, wanted], {
    cwd: join("test", "peers", name),
    env,
    encoding: "utf8",
    timeout: BUILD_MS_MAX,
  });
  if (status === 0) return { path, skip: false };
  // Without the module proxy there is nothing to build it from; anything else is a defect.
  const isOffline = /dial tcp|lookup |Forbidden|timeout|requires go/.test(stderr);
  assert.ok(isOffline, `go build: exit code ${status}\n${stderr}`);
  return { path, skip: `go build: ${stderr.split("\n").at(-2)}` };
}
