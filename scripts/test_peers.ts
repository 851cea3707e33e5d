/**
 * `npm run test:peers`: the tests against real programs. Installs what is missing
 * by apt-get where it may: as root, or in CI with sudo. Elsewhere it says what is
 * missing, and the tests that need it are skipped. So are those that fill a disk,
 * where no tmpfs can be mounted. `npm run test:peers -- scrape` runs the files with
 * "scrape" in their names.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { report, runAll, type Step } from "./steps.ts";
import { isInstalled } from "../test/peers/support/installed.ts";

/** Debian's packages, and the programs that the tests start. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ["chromium", ["chromium"]],
  ["prometheus", ["prometheus"]],
  ["prometheus-node-exporter", ["prometheus-node-exporter"]],
  ["prometheus-postgres-exporter", ["prometheus-postgres-exporter"]],
  ["prometheus-pushgateway", ["prometheus-pushgateway"]],
  ["victoria-metrics", ["victoria-metrics", "vmagent"]],
]);
const TESTS = "build/test/peers";
/** Files at a time: they wait more than they work, and each starts servers of its own. */
const WIDTH = 2;
/** The longest test takes ten minutes, and most take one. */
const SILENT_MS_MAX = 40 * 60_000;
/** Those that take longest begin first: else one of them is alone at the end, beside an idle core. */
const LONG: readonly string[] = ["tools_live", "full_disk", "page", "misbehaving", "rounds"];
/** Where Debian asks whether a package may start its service. */
const POLICY = "/usr/sbin/policy-rc.d";

install();
for (const name of missingPackages()) {
  console.log(`Missing: ${name}; the tests that need it are skipped`);
}
const wanted = process.argv.slice(2);
const files = readdirSync(TESTS).filter((name) =>
  name.endsWith(".test.js") &&
  (wanted.length === 0 || wanted.some((word) => name.includes(word)))
).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
const steps = files.map((name): Step => ({
  name: `peers: ${name.replace(".test.js", "")}`,
  // A test that has failed may have left programs; they end with the process that started them.
  command: [
    process.execPath,
    "--test",
    "--test-force-exit",
    "--test-reporter=spec",
    `${TESTS}/${name}`,
  ],
  tests: true,
  silentMsMax: SILENT_MS_MAX,
}));
process.exitCode = report(await runAll(steps, WIDTH)) ? 0 : 1;

function rankOf(file: string): number {
  const at = LONG.indexOf(file.replace(".test.js", ""));
  return at < 0 ? LONG.length : at;
}

function missingPackages(): string[] {
  return [...PACKAGES.keys()].filter((name) => !PACKAGES.get(name)!.every(isInstalled));
}

function install(): void {
  const names = missingPackages();
  if (names.length === 0) return;
  const asRoot = rootCommand();
  if (asRoot === undefined) {
    console.log(`Not root: cannot install ${names.join(", ")}; apt-get install them by hand`);
    return;
  }
  const keepQuiet = forbidServices();
  try {
    run([...asRoot, "apt-get", "-qq", "update"]);
    run([
      ...asRoot,
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      // For images without a policy file, where this process may not write one.
      "RUNLEVEL=1",
      "apt-get",
      "-qq",
      "-y",
      "--no-install-recommends",
      "install",
      ...names,
    ]);
  } finally {
    keepQuiet();
  }
}

/** What makes a command run as root; undefined when nothing may. */
function rootCommand(): readonly string[] | undefined {
  if (!isInstalled("apt-get")) return undefined;
  if (process.getuid?.() === 0) return [];
  // On a person's machine nothing is installed behind their back.
  const maySudo = process.env["CI"] !== undefined && spawnSync("sudo", ["-n", "true"]).status === 0;
  return maySudo ? ["sudo", "-n"] : undefined;
}

/** The packages start no daemon while this holds; returns how to undo it. */
function forbidServices(): () => void {
  if (process.getuid?.() !== 0 || existsSync(POLICY)) return () => {};
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => rmSync(POLICY);
}

function run(command: readonly string[]): void {
  const [file = "", ...args] = command;
  const beganMs = performance.now();
  const { status } = spawnSync(file, args, { stdio: ["ignore", "ignore", "inherit"] });
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  console.log(
    `${command.join(" ")}: ${status === 0 ? "done" : `exit code ${status}`}, ${seconds} s`,
  );
}
