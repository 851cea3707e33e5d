import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWords } from "../../../src/agent/commands/parse.ts";
import { parseMoment, shownMoment } from "../../../src/agent/commands/moment.ts";
import type { FlagValue } from "../../../src/agent/commands/flags.ts";
import type { CommandRow } from "../../../src/agent/commands/row.ts";
import { UsageError } from "../../../src/agent/usage_error.ts";

const flag = (name: string, value?: FlagValue) => ({ name, help: "it", ...(value && { value }) });
const ROW: CommandRow = {
  name: "do",
  summary: "does something",
  positionals: [
    { name: "FROM", kind: "path", help: "one", isRequired: true },
    { name: "TO", kind: "path", help: "more", isRepeatable: true },
  ],
  flags: [
    flag("--switch"),
    flag("--text", { kind: "text", name: "TEXT", default: "x" }),
    flag("--many", { kind: "text", name: "TEXT", isRepeatable: true }),
    flag("--at", { kind: "time", name: "TIME" }),
    flag("--for", { kind: "duration", name: "TIME" }),
    flag("--count", { kind: "count", name: "N" }),
    flag("--size", { kind: "size", name: "SIZE" }),
    flag("--url", { kind: "url", name: "URL" }),
    flag("--format", { kind: "choice", name: "F", choices: ["a", "b"], default: "a" }),
  ],
  examples: [],
  run: () => Promise.resolve(0),
};

test("flags in both forms, arguments between them, and all behind -- as they are", () => {
  const args = parseWords(ROW, [
    "from",
    "--text=a=b",
    "--many",
    "1",
    "to",
    "--many=2",
    "--switch",
    "--size",
    "2GB",
    "--for=1h30m",
    "--count=7",
    "--at",
    "2026-11-30T08:00:00Z",
    "--",
    "--text",
    "-",
  ]);
  assert.deepEqual(args.positionals, ["from", "to", "--text", "-"]);
  assert.equal(args.text("--text"), "a=b");
  assert.deepEqual(args.texts("--many"), ["1", "2"]);
  assert.ok(args.has("--switch") && !args.has("--url"));
  assert.equal(args.bytes("--size"), 2 * 1024 ** 3);
  assert.equal(args.durationMs("--for"), 5_400_000);
  assert.equal(args.count("--count"), 7);
  assert.equal(args.timeMs("--at", 0), Date.UTC(2026, 10, 30, 8));
  assert.equal(args.needed("--format"), "a");
  assert.throws(() => args.text("--none"), /BUG/);
});

test("a word that is wrong is told with what was expected, and no secret with it", () => {
  const cases: [string[], RegExp][] = [
    [[], /^do needs FROM$/],
    [["a", "--format", "c"], /^--format: got "c", expected a or b$/],
    [["a", "--size=5"], /^--size: got "5", expected a size such as/],
    [["a", "--count=-1"], /^--count: got "-1", expected a whole number/],
    [["a", "--at=yesterday"], /^--at: got "yesterday", expected a moment such as/],
    [["a", "--at=2026-11-30T08:00:00"], /^--at: got .*expected a moment/],
    [["a", "--at=2026-02-30"], /^--at: .*expected a moment/],
    [["a", "--for=5"], /^--for: got "5", expected a number with a unit/],
    [["a", "--url=ftp://me:hunter2@host/"], /^--url: got .*expected a URL such as/],
    [["a", "--url=hunter2 hunter2"], /^--url: got/],
    [["a", "--count=hunter2:{hunter2}"], /^--count: got that is not shown/],
    [["a", "--switch=1"], /^unknown option "--switch" of do$/],
    [["a", "-x"], /^unknown option "-x" of do$/],
    [["a", "--text"], /^--text needs a value$/],
    [["", "--text", "a"], /^FROM: got "", expected a path$/],
  ];
  for (const [words, message] of cases) {
    assert.throws(() => parseWords(ROW, words), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

test("moments: dates with a zone, days, seconds, so long ago", () => {
  const nowMs = Date.UTC(2026, 10, 30, 8);
  const cases: [string, number | undefined][] = [
    ["now", nowMs],
    ["4h", nowMs - 4 * 3_600_000],
    ["2026-11-30", Date.UTC(2026, 10, 30)],
    ["2026-11-30T09:00:00.5+01:00", nowMs + 500],
    ["2026-11-30 08:00Z", nowMs],
    ["1795939200", 1_795_939_200_000],
    ["1795939200.25", 1_795_939_200_250],
    ["1795939200000", undefined],
    ["2026-13-01", undefined],
    ["2026-11-30T25:00:00Z", undefined],
    ["", undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseMoment(text, nowMs), ms, text);
  assert.equal(shownMoment(nowMs), "2026-11-30T08:00:00.000Z");
  assert.equal(shownMoment(1e300), "1e+300 ms");
});
