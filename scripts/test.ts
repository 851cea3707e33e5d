/**
 * The gate: `npm test`. Runs every check and then the tests on every runtime,
 * with npm packages alone, and tells now and then how far it is.
 * `npm test -- --only deno` runs the steps with "deno" in their names; `--only` can
 * be given again, and `--help` lists the steps. `--jobs 1` runs one at a time.
 */
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { needsOwnProcess } from "./own_process.ts";
import { report, runAll, type Step } from "./steps.ts";

const DENO = "node_modules/.bin/deno";
const DENO_TEST = [DENO, "test", "-A", "--no-check"] as const;
// Bun alone fails a test for taking more than five seconds. Whether one hangs is not told
// by the time it takes: see HangWatch.
const BUN_TEST = ["node_modules/.bin/bun", "test", "--timeout=3600000"] as const;

/** What users import. */
const ENTRIES = [
  "mod.ts",
  "testing.ts",
  "prom_client.ts",
  "opentelemetry.ts",
  "receiver.ts",
] as const;

/** Steps at a time, unless `--jobs` says so: tests leave a core idle while they wait. */
const WIDTH = String(availableParallelism() + 1);
/** Into how many steps, of a process each, those tests of a runtime are divided that may share one. */
const PARTS = 3;

const CHECKS: readonly Step[] = [
  { name: "deno check", command: [DENO, "check", "-q", ...ENTRIES, "src", "test", "scripts"] },
  { name: "deno lint", command: [DENO, "lint"] },
  { name: "deno fmt", command: [DENO, "fmt", "--check"] },
  { name: "import rules", command: [process.execPath, "build/scripts/check_imports.js"] },
  { name: "kernel bytes", command: [process.execPath, "build/scripts/build_kernel.js", "--check"] },
  { name: "page", command: [process.execPath, "build/scripts/build_page.js", "--check"] },
  { name: "deno doc", command: [process.execPath, "build/scripts/check_docs.js", ...ENTRIES] },
  { name: "deno publish", command: [process.execPath, "build/scripts/check_packages.js"] },
  { name: "package parity", command: [process.execPath, "build/scripts/check_parity.js"] },
];

/** How a runtime runs test files, whose names are those of the TypeScript. */
interface Runtime {
  readonly name: string;
  /** In one process, one after the other. */
  readonly together: (files: readonly string[]) => readonly string[];
  /** Each for itself. */
  readonly apart: (files: readonly string[]) => readonly string[];
}

/** What runs the tests; those that take longest come first. */
const RUNTIMES: readonly Runtime[] = [
  {
    name: "Deno",
    together: (files) => [...DENO_TEST, "scripts/test_group.ts", "--", ...files],
    apart: (files) => [...DENO_TEST, ...files],
  },
  node("Node 20", "node_modules/node-20/bin/node"),
  node("Node 26", "node_modules/node-26/bin/node"),
  {
    name: "Bun",
    together: (files) => [...BUN_TEST, ...files.map((file) => `./${file}`)],
    apart: (files) => [...BUN_TEST, "--isolate", ...files.map((file) => `./${file}`)],
  },
];

function node(name: string, program: string): Runtime {
  const compiled = (files: readonly string[]): readonly string[] =>
    files.map((file) => `build/${file.replace(/\.ts$/, ".js")}`);
  return {
    name,
    together: (files) => [
      program,
      ...reporter("spec"),
      ...reporter("./build/scripts/file_reporter.js"),
      "build/scripts/test_group.js",
      ...compiled(files),
    ],
    apart: (files) => [program, "--test", ...reporter("spec"), ...compiled(files)],
  };
}

function reporter(name: string): readonly string[] {
  return [`--test-reporter=${name}`, "--test-reporter-destination=stdout"];
}

/** `test/peers/` has its own command, as it needs more than npm packages. */
async function testFiles(): Promise<string[]> {
  const names = await readdir("test", { recursive: true });
  return names
    .filter((name) => name.endsWith(".test.ts") && !name.startsWith("peers/"))
    .sort()
    .map((name) => `test/${name}`);
}

/** The files in parts, so that no core is idle while the last and longest step ends. */
function testSteps(files: readonly string[]): Step[] {
  const own = files.filter((file) => needsOwnProcess(file));
  const shared = files.filter((file) => !own.includes(file));
  const parts = Array.from(
    { length: PARTS },
    (_, part) => shared.filter((_, index) => index % PARTS === part),
  );
  return RUNTIMES.flatMap(({ name, together, apart }) => [
    ...parts.map((part, index) => ({
      name: `tests on ${name}, part ${index + 1} of ${PARTS}`,
      command: together(part),
      tests: true,
    })),
    { name: `tests on ${name}, each file apart`, command: apart(own), tests: true },
  ]);
}

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    jobs: { type: "string", default: WIDTH },
    help: { type: "boolean" },
  },
});
const only = values.only?.map((word) => word.toLowerCase());
const everyStep = [...CHECKS, ...testSteps(await testFiles())];
if (values.help) {
  console.log(everyStep.map(({ name }) => name).join("\n"));
  process.exit(0);
}
const steps = everyStep.filter(({ name }) =>
  !only || only.some((word) => name.toLowerCase().includes(word))
);
if (steps.length === 0) console.log(`No step has ${only?.join(" or ")} in its name`);
const width = Number(values.jobs);
if (!(width >= 1)) throw new Error(`--jobs: got "${values.jobs}", expected a number from 1 on`);
const ok = report(await runAll(steps, width));
process.exitCode = ok && steps.length > 0 ? 0 : 1;
