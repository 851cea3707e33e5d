/**
 * `npm run build:binaries`: the program as one file, for each platform that Bun compiles for.
 * `-- --only linux-x64` makes those with that in their names, `-- --archive` packs each with its
 * licences, as a release has them. They are written to `build/binaries/`, with their SHA-256.
 *
 * The runtime of another platform is a package of the npm registry, of the version of the Bun
 * that is installed here. Not for Windows: nobody has tried what a power cut leaves there.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundleProgram } from "./bundle_program.ts";

/** How walq calls a platform, Bun, and Bun's package with the runtime. */
interface Target {
  readonly name: string;
  readonly bun: string;
  readonly package: string;
}

const TARGETS: readonly Target[] = [
  { name: "linux-x64", bun: "bun-linux-x64", package: "@oven/bun-linux-x64" },
  { name: "linux-arm64", bun: "bun-linux-arm64", package: "@oven/bun-linux-aarch64" },
  { name: "linux-x64-musl", bun: "bun-linux-x64-musl", package: "@oven/bun-linux-x64-musl" },
  {
    name: "linux-arm64-musl",
    bun: "bun-linux-arm64-musl",
    package: "@oven/bun-linux-aarch64-musl",
  },
  { name: "darwin-x64", bun: "bun-darwin-x64", package: "@oven/bun-darwin-x64" },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", package: "@oven/bun-darwin-aarch64" },
];

const OUT = "build/binaries";
const BUN = "node_modules/.bin/bun";
/** What the directory that it is started in says to Bun is not for walq. */
const FLAGS = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"] as const;
const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, archive: { type: "boolean" } },
});
const { only } = values;
const wanted = TARGETS.filter(({ name }) => !only || only.includes(name));
if (wanted.length === 0) {
  throw new Error(`--only: got ${only}, expected of ${TARGETS.map(({ name }) => name).join(", ")}`);
}
rmSync(OUT, { recursive: true, force: true });
const program = join(OUT, "program");
await bundleProgram(program);
const sums = wanted.map((target) => {
  const binary = compile(target);
  const { size } = statSync(binary);
  const released = values.archive ? pack(target, binary) : binary;
  const packed = values.archive ? `, ${mib(statSync(released).size)} packed` : "";
  console.log(`${target.name}: ${mib(size)}${packed}`);
  return `${sha256(released)}  ${released.slice(OUT.length + 1)}\n`;
});
writeFileSync(join(OUT, "SHA256SUMS"), sums.join(""));

function compile({ name, bun, package: source }: Target): string {
  const binary = join(OUT, `walq-${name}`);
  const runtime = runtimeOf(source);
  const args = ["build", "--compile", `--target=${bun}`, `--compile-executable-path=${runtime}`];
  run(BUN, [...args, ...FLAGS, join(program, "walq.js"), "--outfile", binary]);
  return binary;
}

/** Bun itself, for that platform: where npm has put it, or as npm gets it. */
function runtimeOf(source: string): string {
  const own = join("node_modules", source, "bin", "bun");
  if (statSync(own, { throwIfNoEntry: false }) !== undefined) return resolve(own);
  const { version } = JSON.parse(readFileSync("node_modules/bun/package.json", "utf8"));
  const directory = join(OUT, "runtimes", source.replace("@oven/", ""));
  mkdirSync(directory, { recursive: true });
  const name = run("npm", [
    "pack",
    `${source}@${version}`,
    "--silent",
    `--pack-destination=${directory}`,
  ]);
  run("tar", ["-xzf", join(directory, name.trim()), "-C", directory]);
  return resolve(directory, "package", "bin", "bun");
}

/** An archive with one directory: the program, what belongs to it, and the licences of all that is in it. */
function pack({ name }: Target, binary: string): string {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const directory = `walq-${version}-${name}`;
  const path = join(OUT, directory);
  mkdirSync(path);
  copyFileSync(binary, join(path, "walq"));
  copyFileSync(join(program, "walq", "LICENSES.txt"), join(path, "LICENSES.txt"));
  for (const file of ["LICENSE", "CHANGELOG.md", "ops/walq.yaml", "ops/systemd/walq.service"]) {
    copyFileSync(file, join(path, file.replace(/^.*\//, "")));
  }
  const archive = `${path}.tar.gz`;
  run("tar", ["-czf", archive, "-C", OUT, directory]);
  rmSync(path, { recursive: true });
  return archive;
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) {
    console.error(stdout + stderr);
    throw new Error(`${command} ${args.join(" ")}: exit code ${status}`);
  }
  return stdout;
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
