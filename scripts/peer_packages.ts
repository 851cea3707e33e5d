/** What the tests against real programs (`test_peers.ts`) need of Debian, and how it comes here. */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { isInstalled } from "../test/peers/support/installed.ts";

/** Debian's packages, and the programs that the tests start. */
const PACKAGES: ReadonlyMap<string, readonly string[]> = new Map([
  ["chromium", ["chromium"]],
  ["prometheus", ["prometheus"]],
  ["prometheus-node-exporter", ["prometheus-node-exporter"]],
  ["prometheus-postgres-exporter", ["prometheus-postgres-exporter"]],
  ["prometheus-pushgateway", ["prometheus-pushgateway"]],
  ["nats-server", ["nats-server"]],
  ["victoria-metrics", ["victoria-metrics", "vmagent"]],
]);
/** Where Debian asks whether a package may start its service. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Of which not all programs are there. */
export function missingPackages(): string[] {
  return [...PACKAGES.keys()].filter((name) => !PACKAGES.get(name)!.every(isInstalled));
}

/** Installs what is missing, where it may; tells what it does. */
export function install(): void {
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
