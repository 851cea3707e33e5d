/**
 * The gate: `npm test`. Runs every check and then the tests on every runtime,
 * with npm packages alone, and tells now and then how far it is.
 * `npm test -- --only deno` runs the steps with "deno" in their names; `--only` can
 * be given again, and `--help` lists the steps.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { BUN_MEMORIES } from "./bun_memories.ts";
import { cpuTicks, HangWatch } from "./hang_watch.ts";
import { countPasses, countTests, isPass, type TestCounts } from "./test_counts.ts";

/** How often the gate tells how far it is, and looks whether a step hangs. */
const LOOK_MS = 30_000;

/** One line of the gate. */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** The step runs tests, and its output ends with a summary to count them by. */
  readonly tests?: boolean;
}

/** What became of a step. */
interface Result {
  readonly step: Step;
  readonly ok: boolean;
  readonly counts: TestCounts;
}

const DENO = "node_modules/.bin/deno";
const BUN = "node_modules/.bin/bun";
const NODE_20 = "node_modules/node-20/bin/node";
const NODE_26 = "node_modules/node-26/bin/node";

/** What users import. */
const ENTRIES = ["mod.ts", "testing.ts"] as const;

const CHECKS: readonly Step[] = [
  { name: "deno check", command: [DENO, "check", "-q", ...ENTRIES, "src", "test", "scripts"] },
  { name: "deno lint", command: [DENO, "lint"] },
  { name: "deno fmt", command: [DENO, "fmt", "--check"] },
  { name: "import rules", command: [process.execPath, "build/scripts/check_imports.js"] },
  { name: "kernel bytes", command: [process.execPath, "build/scripts/build_kernel.js", "--check"] },
  { name: "deno doc", command: [DENO, "doc", "--lint", ...ENTRIES] },
  { name: "deno publish", command: [DENO, "publish", "--dry-run", "--allow-dirty"] },
  { name: "package parity", command: [process.execPath, "build/scripts/check_parity.js"] },
];

/** `test/peers/` has its own command, as it needs more than npm packages. */
async function testFiles(): Promise<string[]> {
  const names = await readdir("test", { recursive: true });
  return names
    .filter((name) => name.endsWith(".test.ts") && !name.startsWith("peers/"))
    .sort()
    .map((name) => `test/${name}`);
}

function testSteps(files: readonly string[]): Step[] {
  const compiled = files.map((file) => `build/${file.replace(/\.ts$/, ".js")}`);
  // Every file in a global scope of its own, as on the others; and Bun alone fails
  // a test for taking more than five seconds. Whether one hangs is not told by the
  // time it takes: see HangWatch.
  const bunTest = ["test", "--isolate", "--timeout=3600000"];
  const nodeTest = ["--test", "--test-reporter=spec", ...compiled];
  return [
    { name: "tests on Deno", command: [DENO, "test", "-A", "--no-check", ...files], tests: true },
    {
      name: "tests on Bun",
      command: [BUN, ...bunTest, ...files.map((file) => `./${file}`)],
      tests: true,
    },
    { name: "tests on Node 20", command: [NODE_20, ...nodeTest], tests: true },
    { name: "tests on Node 26", command: [NODE_26, ...nodeTest], tests: true },
  ];
}

async function runStep(step: Step): Promise<Result> {
  const beganMs = performance.now();
  const { code, output } = await run(step);
  const counts = step.tests ? countTests(output) : { passed: 0, failed: 0, skipped: 0 };
  const ok = code === 0 && counts.failed === 0 && (!step.tests || counts.passed > 0);
  const told = step.tests ? `  ${summaryOf(counts)}` : "";
  console.log(`${ok ? "ok    " : "FAILED"} ${secondsSince(beganMs)} s  ${step.name}${told}`);
  if (!ok) {
    console.log(
      `${step.command.slice(0, 4).join(" ")}: exit code ${code}\n${withoutPasses(output)}`,
    );
  }
  return { step, ok, counts };
}

function run(step: Step): Promise<{ code: number | null; output: string }> {
  const [file = "", ...args] = step.command;
  return new Promise((resolve) => {
    const env = { ...process.env, ...BUN_MEMORIES, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    // A group of its own: if it hangs, all that it has started ends with it.
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env, detached: true });
    const chunks: string[] = [];
    const stopLooking = lookNowAndThen(step, child, chunks);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
    }
    function end(code: number | null): void {
      stopLooking();
      resolve({ code, output: chunks.join("") });
    }
    child.on("error", (error) => {
      chunks.push(error.message);
      end(null);
    });
    child.on("close", end);
  });
}

/** Tells how far a step is, and ends one that hangs. Returns what stops that. */
function lookNowAndThen(step: Step, { pid }: ChildProcess, chunks: string[]): () => void {
  if (pid === undefined) return () => {};
  const beganMs = performance.now();
  const watch = new HangWatch(beganMs, 0);
  let seen = 0;
  const kill = (): void => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const ticks = cpuTicks(pid, nowMs);
    if (chunks.length > seen) watch.printed(nowMs, ticks);
    seen = chunks.length;
    const passes = step.tests ? `, ${countPasses(chunks.join(""))} tests passed` : "";
    console.log(`      ${secondsSince(beganMs)} s  ${step.name} goes on${passes}`);
    if (!watch.isHanging(nowMs, ticks)) return;
    chunks.push("\nThe step has printed nothing and used no CPU for minutes: it hangs.\n");
    kill();
  }, LOOK_MS);
  // The group does not end with the gate by itself.
  process.once("exit", kill);
  return () => {
    clearInterval(timer);
    process.off("exit", kill);
  };
}

function secondsSince(beganMs: number): string {
  return ((performance.now() - beganMs) / 1000).toFixed(1).padStart(6);
}

/** Two at a time: a runtime's tests leave a core idle while they wait. */
async function runAll(steps: readonly Step[]): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...steps];
  async function worker(): Promise<void> {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      results.push(await runStep(step));
    }
  }
  await Promise.all([worker(), worker()]);
  return results;
}

/** The lines of tests that passed are left out, so that what failed can be found. */
function withoutPasses(output: string): string {
  return output.split("\n").filter((line) => !isPass(line)).join("\n");
}

function summaryOf({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A step that failed without a failed test counts as one: the last line never says 0 then. */
function total(results: readonly Result[]): TestCounts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { ok, counts } of results) {
    sum.passed += counts.passed;
    sum.failed += ok ? 0 : Math.max(1, counts.failed);
    sum.skipped += counts.skipped;
  }
  return sum;
}

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, help: { type: "boolean" } },
});
const only = values.only?.map((word) => word.toLowerCase());
const everyStep = [...CHECKS, ...testSteps(await testFiles())];
if (values.help) {
  console.log(everyStep.map(({ name }) => name).join("\n"));
  process.exit(0);
}
// Interrupted by hand: `exit` ends what was started.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
const steps = everyStep.filter(({ name }) =>
  !only || only.some((word) => name.toLowerCase().includes(word))
);
const results = await runAll(steps);
const failed = results.filter(({ ok }) => !ok);
if (steps.length === 0) console.log(`No step has ${only?.join(" or ")} in its name`);
if (failed.length > 0) console.log(`Failed: ${failed.map(({ step }) => step.name).join(", ")}`);
console.log(summaryOf(total(results)));
process.exitCode = failed.length > 0 || steps.length === 0 ? 1 : 0;
