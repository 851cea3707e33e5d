import assert from "node:assert/strict";
import { test } from "node:test";
import { CommandOutput } from "../../../src/agent/commands/output.ts";
import { Progress, progressBar, progressText } from "../../../src/agent/commands/progress.ts";
import { shownBytes, tableLines } from "../../../src/agent/commands/text_table.ts";
import { FakeHost } from "../support.ts";

test("a table has its columns below each other, and no text breaks a line or moves a cursor", () => {
  assert.deepEqual(
    tableLines([{ title: "name" }, { title: "files", isNumber: true }], [
      ["mimir", "12"],
      ["a\n\x1b[2J", "1,234"],
    ]),
    [
      "name              files",
      "mimir                12",
      "a\\u000a\\u001b[2J  1,234",
    ],
  );
});

test("what a command prints holds nothing that is not seen, and its JSON says the same", async () => {
  const host = new FakeHost([]);
  const said = { error: "\u2066a\u2069\u200f\x9b2J\u2028" };
  const output = new CommandOutput(host, true);
  await output.json(said);
  await output.line(`last error: ${said.error}\nforged`);
  await output.end();
  const [json, line, rest] = host.printed.stdout.split("\n");
  assert.equal(json, String.raw`{"error":"\u2066a\u2069\u200f\u009b2J\u2028"}`);
  assert.deepEqual(JSON.parse(json!), said);
  assert.equal(line, String.raw`last error: \u2066a\u2069\u200f\u009b2J\u2028\u000aforged`);
  assert.equal(rest, "");
});

test("bytes as people read them", () => {
  assert.deepEqual([0, 1023, 1024, 1.5 * 1024 ** 3, 2 ** 60].map(shownBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 GiB",
    "1024.0 PiB",
  ]);
});

test("output waits for its reader, in large parts, and says when the reader is gone", async () => {
  const host = new FakeHost([]);
  const output = new CommandOutput(host, false);
  for (let line = 0; line < 10_000; line++) await output.line(`line ${line}`);
  await output.end();
  assert.equal(host.printed.stdout.split("\n").length, 10_001);
  const closed = new CommandOutput({ print: () => Promise.reject(new Error("EPIPE")) }, false);
  await closed.line("one");
  await assert.rejects(closed.end(), /EPIPE/);
});

test("progress is plain lines now and then without a terminal", async () => {
  const host = new FakeHost([]);
  const { time } = host.platform;
  const progress = new Progress(host, { what: "verifying", total: 4096, unit: "bytes" });
  for (let second = 0; second < 25; second++) {
    await time.advance(1_000);
    await progress.advance(100);
  }
  await progress.end();
  assert.equal(
    host.printed.stderr,
    "verifying: 1000 B of 4.0 KiB (24%), 10s, 31s left\n" +
      "verifying: 2.0 KiB of 4.0 KiB (48%), 20s, 21s left\n",
  );
  assert.equal(host.printed.stdout, "");
});

test("progress is a bar on a terminal, drawn at most ten times a second, and taken away", async () => {
  const host = new FakeHost([]);
  host.columns.stderr = 80;
  const progress = new Progress(host, { what: "reading", total: 10, unit: "files" });
  for (let file = 0; file < 10; file++) {
    await host.platform.time.advance(50);
    await progress.advance(1);
  }
  await progress.end();
  const drawn = host.printed.stderr.split("\r").slice(1);
  assert.equal(drawn.length, 6);
  assert.match(drawn[0]!, /^\[#+-+\] reading: 2 files of 10 files \(20%\)/);
  assert.equal(drawn.at(-1), "\x1b[K");
});

test("a bar never needs a second line, and there is none where nothing is to do", () => {
  const options = { what: "verifying", total: 3_000, unit: "signals" } as const;
  for (let columns = 1; columns < 200; columns++) {
    assert.ok(
      progressBar(options, 2_000, 1_000, columns).length < Math.max(2, columns),
      `${columns}`,
    );
  }
  assert.equal(progressText({ ...options, total: 0 }, 0, 0), "verifying: 0 signals, 0s");
  assert.equal(
    progressText({ ...options, total: 10 }, 20, 1_000),
    "verifying: 20 signals of 20 signals (100%), 1s",
  );
});
