/** Rules that somebody typed, and what they make of series. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readRules, RULES_BYTES_MAX } from "../../../src/agent/page/rules_text.ts";
import { seriesText, triedLengthMax, tryRules } from "../../../src/agent/page/trial.ts";
import type { LabelPair } from "../../../src/contracts.ts";
import { seriesRelabeler } from "../../../src/relabel/series.ts";
import { MemoryPlatform } from "../../../src/testing/memory.ts";

const HOST = new MemoryPlatform();

async function problems(
  text: string,
  names: "utf8" | "legacy" = "utf8",
): Promise<readonly string[]> {
  const read = await readRules(text, names, HOST);
  assert.ok("problems" in read, JSON.stringify(read));
  return read.problems;
}

async function rules(text: string): Promise<unknown[]> {
  const read = await readRules(text, "utf8", HOST);
  assert.ok("rules" in read, JSON.stringify(read));
  return read.rules.map(({ action, regex, targetLabel }) => [action, regex, targetLabel]);
}

test("rules as they stand in a file, with or without the key before them", async () => {
  const text =
    "- source_labels: [a]\n  regex: |-\n    x\n  action: drop\n- {regex: b, action: labeldrop}";
  const wanted = [["drop", "x", ""], ["labeldrop", "b", ""]];
  assert.deepEqual(await rules(text), wanted);
  assert.deepEqual(await rules(`\n# mine\nwrite_relabel_configs:\n${text}`), wanted);
  const indented = text.split("\n").map((line) => `    ${line}`).join("\r\n");
  assert.deepEqual(await rules(`  metric_relabel_configs: # all\r\n${indented}`), wanted);
  for (const nothing of ["", "\n", "# no rules", "write_relabel_configs:"]) {
    assert.deepEqual(await rules(nothing), []);
  }
});

test("what is wrong is told by the line of the text", async () => {
  const first = await problems("- regex: (\n  action: drop");
  assert.match(first.join("\n"), /^line 1: rule 1, regex: got "\(", expected a regular expression/);
  const second = await problems(
    "- {action: labeldrop, regex: a}\n- action: hashmod\n  target_label: b",
  );
  assert.match(second.join("\n"), /^line 2: rule 2, modulus: missing or 0/);
  assert.match(
    (await problems("# one\n- regexp: a"))[0]!,
    /^line 2: rule 1: unknown key at column 3, expected one of source_labels,/,
  );
  assert.match((await problems("- action: fly"))[0]!, /^line 1: rule 1, action: got "fly"/);
  assert.match((await problems("- {a: [}"))[0]!, /^line 1: /);
  assert.match((await problems("write_relabel_configs:\n\n- action: fly"))[0]!, /^line 3: /);
  assert.match((await problems("hello"))[0]!, /^line 1: /);
  const legacy = await problems("- {source_labels: [a], target_label: a-b}", "legacy");
  assert.match(legacy[0]!, /^line 1: rule 1, target_label: /);
});

test("a text does not get out of the place where rules are", async () => {
  const outs = [
    "- {action: labeldrop, regex: a}\nqueue: {data_path: /etc}",
    "...\n---\nqueue: {data_path: /etc}",
    "- action: labeldrop\n  regex: a\nserver: {listen: ':1'}",
    "}\n- a",
    "*rules",
    "&a [*a]",
    "!!js/function x",
    "\t- action: drop",
    "- action: drop\n  regex: ${HOME}\n  nothing: 1",
    "[".repeat(10_000),
    "- regex: " + "(a*)*".repeat(6_000),
    "\u0000",
    "- source_labels: [a]\n  regex: ((a{1,1000}){1,1000}){1,1000}",
  ];
  for (const text of outs) {
    assert.ok(text.length <= RULES_BYTES_MAX);
    const read = await readRules(text, "utf8", HOST);
    const told = "problems" in read ? read.problems.join("\n") : "";
    assert.ok(!/remote_write|localhost|rules:\d/.test(told), told);
  }
  assert.equal((await problems("- {regex: a, action: labeldrop}\n".repeat(101))).length, 1);
});

test("what is no list is told as that, with what was wanted", async () => {
  assert.deepEqual(await problems("a: 1"), ["line 1: the rules: got a map, expected a list"]);
  assert.deepEqual(await problems("text"), [
    "line 1: the rules: got a single value, expected a list",
  ]);
  assert.deepEqual(await problems("- a"), ["line 1: rule 1: got a single value, expected a map"]);
  assert.deepEqual(await problems("- - a"), ["line 1: rule 1: got a list, expected a map"]);
});

test("what would take gigabytes or minutes is told before it is read to its end", async () => {
  const one = (regex: string) => `- {source_labels: [a], regex: '${regex}', action: drop}`;
  for (
    const [text, told] of [
      [one("\\pL{1000}".repeat(1_000)), /^rule 1, regex: repetitions make it too large/],
      [`${one("x")}\n${one("(a){1000}".repeat(300))}`, /^rule 2, regex: repetitions/],
      [`${one("\\pL{1000}")}\n`.repeat(90), /^rule 1, regex: repetitions/],
      [one("a)|(b"), /^rule 1, regex: has a parenthesis that closes none/],
      ["- {}\n".repeat(6_000), /^got 6000 rules, expected at most 100$/],
      [
        [
          "- &a0 {source_labels: [x,x,x,x,x,x,x,x,x,x]}",
          ...Array.from({ length: 9 }, (_, at) => `- &a${at + 1} [${`*a${at},`.repeat(10)}]`),
        ].join("\n"),
        /^aliases make more than 32768 values of it$/,
      ],
    ] as const
  ) {
    assert.ok(text.length <= RULES_BYTES_MAX);
    const [first = ""] = await problems(text);
    assert.match(first, told);
  }
  // What is long and nothing else is no reason.
  const names = Array.from({ length: 2_500 }, (_, at) => `metric_${at}`).join("|");
  assert.equal((await rules(one(`(${names}).*`))).length, 1);
});

test("a series that is long for what rules cost is left out, also where a rule made it long", async () => {
  const { clock } = new MemoryPlatform();
  const text = `
- {source_labels: [job], regex: (.*), target_label: more, replacement: ${"$1".repeat(100)}}
- {source_labels: [more], regex: "(?:(?:x?){1000})+y.*z?", action: drop}`;
  const read = await readRules(text, "utf8", HOST);
  assert.ok("rules" in read);
  const lengthMax = triedLengthMax(read.rules);
  assert.ok(lengthMax > 500 && lengthMax < 100_000, `${lengthMax}`);
  const relabel = seriesRelabeler(read.rules, "utf8", {}, lengthMax);
  const long = series("long", 1, "x".repeat(lengthMax));
  const grown = series("grown", 1, "x".repeat(lengthMax / 50));
  const sample = [long, grown, series("short", 1)];
  const tried = await tryRules(sample, { clock, relabel, lengthMax });
  assert.equal(tried.series, 1);
  assert.equal(tried.broken, 0);
  assert.equal(tried.isComplete, false);
});

const series = (
  name: string,
  samples: number,
  job = "zoo",
): { labels: LabelPair[]; samples: number } => ({
  labels: [["__name__", name], ["job", job]],
  samples,
});

test("what rules keep, change and drop is counted, and what they save", async () => {
  const text = `
- {source_labels: [__name__], regex: go_.*, action: drop}
- {source_labels: [__name__], regex: old_(.*), target_label: __name__, replacement: new_$1}`;
  const read = await readRules(text, "utf8", HOST);
  assert.ok("rules" in read);
  const sample = [series("go_a", 30), series("old_b", 5), series("new_b", 5), series("c", 10)];
  const { clock } = new MemoryPlatform();
  const relabel = seriesRelabeler(read.rules, "utf8", {});
  const lengthMax = triedLengthMax(read.rules);
  const { examples, ...tried } = await tryRules(sample, { clock, relabel, lengthMax });
  assert.deepEqual(tried, {
    problems: [],
    series: 4,
    samples: 50,
    kept: 2,
    changed: 1,
    dropped: 1,
    broken: 0,
    droppedSamples: 30,
    merged: 1,
    isComplete: true,
  });
  assert.deepEqual(examples.changed, [
    { before: 'old_b{job="zoo"}', after: 'new_b{job="zoo"}', samples: 5 },
  ]);
  assert.deepEqual(examples.dropped, [{ before: 'go_a{job="zoo"}', after: "", samples: 30 }]);
  assert.equal(examples.kept.length, 2);
});

test("a trial gives way to others, and ends in time", async () => {
  const { clock, time } = new MemoryPlatform();
  let turns = 0;
  const sample = Array.from({ length: 1_000 }, (_, at) => series(`s${at}`, 1));
  const trial = tryRules(sample, {
    clock: {
      nowMs: () => clock.nowMs(),
      // Each question takes a while.
      monotonicMs: () => turns++ * 5,
      after: (ms, fire) => clock.after(ms, fire),
    },
    relabel: (labels) => labels,
    lengthMax: 1_000,
  });
  let isOver = false;
  void trial.then(() => isOver = true);
  assert.ok(await time.advanceUntil(() => isOver, 60_000));
  const { isComplete, series: looked, examples } = await trial;
  assert.equal(isComplete, false);
  assert.ok(looked > 100 && looked < 700, `${looked}`);
  assert.equal(examples.kept.length, 25);
});

test("a series is shown as PromQL has it, and no longer than somebody reads", () => {
  assert.equal(seriesText([["__name__", "a"]]), "a");
  assert.equal(seriesText([["x", 'q"\n']]), '{x="q\\"\\n"}');
  assert.equal(seriesText([["x", "y".repeat(1_000_000)]]).length, 400);
});
