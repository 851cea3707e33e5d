/** Tests that passed, failed and were skipped. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the summary at the end of a test runner's output; all zero when there is none. */
export function countTests(output: string): TestCounts {
  return nodeCounts(output) ?? denoCounts(output) ?? bunCounts(output) ??
    { passed: 0, failed: 0, skipped: 0 };
}

const PASS = /^ *✔ |^\(pass\) | \.\.\. ok \(/;

/** A line of a test, or of a suite, that passed: on Node, Bun or Deno. */
export function isPass(line: string): boolean {
  return PASS.test(line);
}

/**
 * What is left of an output when the lines of tests that passed are taken out, so that
 * what failed can be found; and of files all of whose tests passed, but for the last one:
 * it was under way when a process ended early.
 */
export function withoutPasses(output: string): string {
  const lines = output.split("\n").filter((line) => !isPass(line));
  return lines.filter((line, index) => !(isFile(line) && isFile(lines[index + 1] ?? "")))
    .join("\n");
}

/** A line of `file_reporter.ts`. */
function isFile(line: string): boolean {
  return line.startsWith("→ ");
}

/** Lines that tell of a pass, in what a runner has printed so far. */
export function countPasses(output: string): number {
  return output.split("\n").filter(isPass).length;
}

/** `ℹ pass 5`, one count a line. What was cancelled has failed. */
function nodeCounts(output: string): TestCounts | undefined {
  if (!/^ℹ tests \d+$/m.test(output)) return undefined;
  const count = (name: string): number =>
    lastNumber(output, new RegExp(`^ℹ ${name} (\\d+)$`, "gm"));
  // A suite that is skipped is told by its line alone: its tests are never known.
  const suites = count("tests") === 0 ? output.match(/^﹣ /gm)?.length ?? 0 : 0;
  return {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo") + suites,
  };
}

/**
 * `ok | 5 passed (20 steps) | 0 failed | 2 ignored (1 step) (3s)`. Deno counts a
 * suite like a test, and its tests as steps; a suite is told from a test by the
 * line that opens it.
 */
function denoCounts(output: string): TestCounts | undefined {
  const summary = output.match(/^(?:ok|FAILED) \| \d+ passed.*$/m)?.[0];
  if (summary === undefined) return undefined;
  const count = (name: string): number => {
    const match = summary.match(new RegExp(`(\\d+) ${name}(?: \\((\\d+) steps?\\))?`));
    return Number(match?.[1] ?? 0) + Number(match?.[2] ?? 0);
  };
  const suites = output.match(/^ *\S.* \.\.\.$(?!\n-+ output)/gm)?.length ?? 0;
  return {
    passed: Math.max(0, count("passed") - suites),
    failed: count("failed"),
    skipped: count("ignored"),
  };
}

/** ` 5 pass`, one count a line; errors outside of tests have a line of their own. */
function bunCounts(output: string): TestCounts | undefined {
  if (!/^Ran \d+ tests? across/m.test(output)) return undefined;
  const count = (name: string): number => lastNumber(output, new RegExp(`^ (\\d+) ${name}$`, "gm"));
  return {
    passed: count("pass"),
    failed: count("fail") + count("errors?"),
    skipped: count("skip") + count("todo"),
  };
}

function lastNumber(output: string, pattern: RegExp): number {
  return Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
}
