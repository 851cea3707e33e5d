import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { importsOf } from "../../scripts/import_rules.ts";
import type { Signal } from "../../src/agent/host.ts";
import { catchSignals } from "../../src/agent/hosts/process_signals.ts";

test("a signal that comes before somebody listens waits for who does", async () => {
  // To listen for signals keeps no process up.
  const alive = setInterval(() => {}, 1_000);
  const arrived = new Promise<void>((resolve) => process.once("SIGHUP", () => resolve()));
  const onSignal = catchSignals();
  process.kill(process.pid, "SIGHUP");
  await arrived;
  const early: Signal[] = [];
  onSignal((signal) => early.push(signal));
  assert.deepEqual(early, ["SIGHUP"]);
  const late: Signal[] = [];
  const heard = new Promise<void>((resolve) => {
    onSignal((signal) => {
      late.push(signal);
      resolve();
    });
  });
  assert.deepEqual(late, []);
  process.kill(process.pid, "SIGHUP");
  await heard;
  clearInterval(alive);
  assert.deepEqual([early, late], [["SIGHUP"], ["SIGHUP"]]);
});

test("the entry catches signals before it loads the program", () => {
  const source = readFileSync("src/agent/main.ts", "utf8");
  const [before = ""] = source.split("const onSignal = catchSignals();");
  assert.notEqual(before, source);
  // What is imported below is imported when it is come to.
  assert.doesNotMatch(before, /\bawait\b/);
  const loaded = importsOf(before.replaceAll(/^import type .*$/gm, "")).specifiers.sort();
  assert.deepEqual(loaded, [
    "../platform/env_files.ts",
    "../platform/runtime_name.ts",
    "./hosts/process_signals.ts",
    "node:process",
  ]);
  const imports = source.slice(before.length).match(/^import .*$/gm);
  assert.equal(imports, null);
});
