/** Runs commands side by side, tells how far they are, and ends those that hang. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve as resolvePath } from "node:path";
import process from "node:process";
import { BUN_MEMORIES } from "./bun_memories.ts";
import { childrenCpuSeconds } from "./children_cpu.ts";
import { cpuTicks, HangWatch } from "./hang_watch.ts";
import { countPasses, countTests, type TestCounts, withoutPasses } from "./test_counts.ts";

/** How often it is told how far a step is, and looked whether it hangs. */
const LOOK_MS = 30_000;

const QUIET = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
/**
 * The tests of Node are in several processes, and each program that a test starts is
 * another one, in another directory: they compile the same modules again.
 */
const COMPILE_CACHE = resolvePath("build/compile_cache");

/** A command, which is one line of the gate. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** The step runs tests, and its output ends with a summary to count them by. */
  readonly tests?: boolean;
  /** It hangs when it prints nothing for so long, even if what it has started works. */
  readonly silentMsMax?: number;
}

/** What became of a step. */
export interface Result {
  readonly step: Step;
  readonly ok: boolean;
  readonly counts: TestCounts;
}

async function runStep(step: Step): Promise<Result> {
  const beganMs = performance.now();
  const { code, output } = await run(step);
  const counts = step.tests ? countTests(output) : { passed: 0, failed: 0, skipped: 0 };
  const ok = code === 0 && counts.failed === 0 &&
    (!step.tests || counts.passed + counts.skipped > 0);
  for (const note of notesIn(output)) console.log(`      ${step.name}: ${note}`);
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
    const env = { ...process.env, ...BUN_MEMORIES, ...QUIET, NODE_COMPILE_CACHE: COMPILE_CACHE };
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
  const watch = new HangWatch(beganMs, 0, step.silentMsMax);
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
    chunks.push(
      "\nThe step has printed nothing for minutes, and does nothing or far too long: it hangs.\n",
    );
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

/** `width` at a time, as tests leave a core idle while they wait. In the order of the steps. */
export async function runAll(steps: readonly Step[], width: number): Promise<Result[]> {
  // Interrupted by hand: `exit` ends what was started.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  const results: Result[] = [];
  const queue = [...steps];
  async function worker(): Promise<void> {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      results.push(await runStep(step));
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** What a test that passed has to say all the same. */
function notesIn(output: string): readonly string[] {
  return output.match(/(?<=^note: ).+$/gm) ?? [];
}

function summaryOf({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Prints how long the steps took and what became of them, last of all a test runner's summary; true when all passed. */
export function report(results: readonly Result[]): boolean {
  const failed = results.filter(({ ok }) => !ok);
  const cpu = childrenCpuSeconds();
  const told = cpu === undefined ? "" : `, ${cpu.toFixed(0)} s of CPU`;
  console.log(`${process.uptime().toFixed(0)} s${told}`);
  if (failed.length > 0) console.log(`Failed: ${failed.map(({ step }) => step.name).join(", ")}`);
  console.log(summaryOf(total(results)));
  return failed.length === 0;
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
