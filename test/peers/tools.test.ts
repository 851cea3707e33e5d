/** Texts of `walq export` are what other programs load, and what they write is imported. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { fileOf, samples } from "../tools/support.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { VictoriaMetrics } from "./support/victoria.ts";

const run = promisify(execFile);
const PROGRAM = resolve("build/src/agent/main.js");
const MINUTE_MS = 60_000;

function walq(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [PROGRAM, ...args]);
}

/** Values of every kind of number, at times that both programs take. */
function queue(): string {
  const dataPath = scratchDirectory("tools-peer");
  mkdirSync(join(dataPath, "a", "wal"), { recursive: true });
  const startMs = Date.now() - 10 * MINUTE_MS;
  const series = [
    samples(
      [["__name__", "walq_tools"], ["n", "1"]],
      [1, 0.1, -5e-324, 1.7976931348623157e308],
      startMs,
    ),
    samples([["__name__", "walq_tools"], ["n", 'a"b\\c\nd ü']], [2 ** 53, -0.5], startMs + 7),
    samples([["__name__", "walq_tools"], ["n", "infinite"]], [Infinity, -Infinity], startMs),
  ];
  writeFileSync(join(dataPath, "a", "wal", "1.committed"), fileOf({ series, metadata: [] }));
  return dataPath;
}

/** JSON lines by series, whatever their order is. */
function bySeries(text: string): unknown[] {
  const lines = text.trim().split("\n").map((line) =>
    JSON.parse(line.replace(/(?<=[[,])\+Inf/, "1e999").replace(/-Inf/, "-1e999"))
  );
  return lines.sort((a, b) => a.metric.n < b.metric.n ? -1 : 1);
}

describe("texts of walq export", () => {
  it("VictoriaMetrics imports the JSON lines, and what it exports is imported as it was", async () => {
    const dataPath = queue();
    const text = join(dataPath, "out.jsonl");
    await walq("export", text, "--data-path", dataPath, "--format", "jsonl");
    const written = readFileSync(text, "utf8");
    const victoria = await VictoriaMetrics.start();
    const answer = await fetch(`${victoria.origin}/api/v1/import`, {
      method: "POST",
      body: written,
    });
    assert.equal(answer.status, 204, await answer.text());
    await (await fetch(`${victoria.origin}/internal/force_flush`)).arrayBuffer();
    const query = new URLSearchParams({ "match[]": '{__name__="walq_tools"}' });
    const exported = await (await fetch(`${victoria.origin}/api/v1/export?${query}`)).text();
    await victoria.program.stop();
    const back = join(dataPath, "back.jsonl");
    writeFileSync(back, exported);
    const other = scratchDirectory("tools-peer-back");
    await walq("import", back, "--data-path", other, "--endpoint", "b");
    const again = await walq("export", "-", "--data-path", other, "--format", "jsonl");
    assert.deepEqual(bySeries(again.stdout), bySeries(exported));
    // VictoriaMetrics keeps about fifteen digits of a number: the series and their times are exact.
    const withoutValues = (all: unknown[]): unknown[] =>
      all.map((one) => ({ ...one as object, values: undefined }));
    assert.deepEqual(withoutValues(bySeries(exported)), withoutValues(bySeries(written)));
  });

  it("promtool makes blocks of the OpenMetrics text, with each of its samples", async () => {
    const dataPath = queue();
    const text = join(dataPath, "out.txt");
    await walq("export", text, "--data-path", dataPath, "--format", "openmetrics");
    const blocks = join(dataPath, "blocks");
    // promtool looks for one.
    mkdirSync(join(blocks, "wal"), { recursive: true });
    await run("promtool", ["tsdb", "create-blocks-from", "openmetrics", text, blocks]);
    const { stdout } = await run("promtool", ["tsdb", "dump", blocks]);
    const lines = stdout.trim().split("\n");
    assert.equal(lines.length, 8, stdout);
    assert.ok(lines.some((line) => line.includes('n="a\\"b\\\\c\\nd ü"')), stdout);
    assert.ok(lines.some((line) => / 1\.7976931348623157e\+308 /.test(line)), stdout);
  });
});
