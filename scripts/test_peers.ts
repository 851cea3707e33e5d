/**
 * `npm run test:peers`: the tests against real programs. Installs what is missing
 * by apt-get where it may: as root, or in CI with sudo. Elsewhere it says what is
 * missing, and the tests that need it are skipped. So are those that fill a disk,
 * where no tmpfs can be mounted. `npm run test:peers -- scrape` runs the files with
 * "scrape" in their names.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { install, missingPackages } from "./peer_packages.ts";
import { report, runAll, type Step } from "./steps.ts";

const TESTS = "build/test/peers";
/** Files at a time, of which each starts servers of its own: they wait more than they work. */
const WIDTH = Math.max(4, availableParallelism());
/** The longest test takes ten minutes, and most take one. */
const SILENT_MS_MAX = 40 * 60_000;
/** Those that take longest begin first: else one of them is alone at the end, beside an idle core. */
const LONG: readonly string[] = ["tools_live", "full_disk", "page", "misbehaving", "rounds"];

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
