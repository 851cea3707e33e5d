import assert from "node:assert/strict";
import { test } from "node:test";
import { noted } from "../../src/agent/config/accepted.ts";
import { type FileBlock, fileOf, type PrometheusKeys } from "../../src/agent/config/file_block.ts";
import { FileReader } from "../../src/agent/config/file_reader.ts";
import { noOptions, type Options } from "../../src/agent/config/filled.ts";
import { Problems } from "../../src/agent/config/problems.ts";
import { parseYaml } from "../../src/agent/config/yaml.ts";
import { block, defaulted, optional, required } from "../../src/options/block.ts";
import { duration, integer, list, nested, path, secret } from "../../src/options/kinds.ts";

/** As what is to come: blocks within lists within lists, and keys outside of their blocks. */
const RULE = block("Rule", "A rule.", {
  action: required(integer(1, 3), { doc: "What." }),
});
const JOB = block("Job", "A job.", {
  interval: defaulted(duration("1s", "1h"), "1m", {
    doc: "How often.",
    file: ["/global.interval", "interval"],
  }),
  rules: defaulted(list(nested(RULE), "rule", { min: 0, max: 9 }), [], {
    doc: "How.",
    file: "tuning.rules",
  }),
  token: optional(secret("a token", (text) => text !== ""), { doc: "Who." }),
  tokenFile: optional(path("file"), { doc: "Where.", insteadOf: "token" }),
  inLibrary: optional(integer(1, 3), { doc: "Not in the file.", file: false }),
});
const ALL = block("All", "All.", {
  jobs: defaulted(list(nested(JOB), "job", { min: 0, max: 9 }), [], {
    doc: "Jobs.",
    file: "/jobs",
  }),
});

const PROMETHEUS: Record<string, PrometheusKeys> = { "": { unsupported: { old: "gone" } } };

interface Read {
  readonly options: Options;
  readonly problems: readonly string[];
}

function read(text: string): Read {
  const file = fileOf([{ place: "all", table: ALL }], PROMETHEUS);
  const problems = new Problems();
  const reader = new FileReader({ problems, env: () => undefined, directory: "/etc" });
  const options = noOptions();
  const tree = parseYaml(text, "f", problems)!;
  reader.read(tree, file, { place: "f", key: "" }, new Map([[ALL, options]]));
  try {
    problems.throwIfAny();
  } catch (error) {
    return { options, problems: (error as Error).message.split("\n") };
  }
  return { options, problems: [] };
}

test("lists of blocks within lists of blocks are read, and each option knows where it came from", () => {
  const { options, problems } = read(`
global: { interval: 30s }
jobs:
  - tuning:
      rules:
        - { action: 1 }
        - { action: 2 }
  - interval: 5s
    token_file: secret
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(options.values, {
    jobs: [
      { interval: "30s", rules: [{ action: 1 }, { action: 2 }] },
      { interval: "5s", tokenFile: "/etc/secret" },
    ],
  });
  const places = Object.fromEntries(
    Array.from(options.origins, ([at, { place, key }]) => [at, `${place} ${key}`]),
  );
  assert.equal(places['["jobs",0,"interval"]'], "f:2 global.interval");
  assert.equal(places['["jobs",0,"rules",1,"action"]'], "f:7 jobs[0].tuning.rules[1].action");
  assert.equal(places['["jobs",1,"interval"]'], "f:8 jobs[1].interval");
});

test("what is wrong is told by line and key, however deep", () => {
  const { problems } = read(`
old: 1
jobs:
  - tuning: { rules: [{ action: 1, name: 2 }, 7] }
    token: a
    token_file: b
    in_library: 1
  - token_file:
  - interval: 1s
    tuning: 5
`);
  assert.deepEqual(problems, [
    "f:2: old: not supported: gone",
    "f:7: jobs[0]: unknown key at column 5, expected one of interval, token, token_file, tuning",
    "f:4: jobs[0].tuning.rules[0].name: unknown key, expected one of action",
    "f:4: jobs[0].tuning.rules[1]: got a single value, expected a map",
    "f:10: jobs[2].tuning: got a single value, expected a map",
    "f:6: jobs[0].token_file: given together with jobs[0].token (f:5)",
  ]);
});

test("a key that is defined twice is a bug", () => {
  const twice = (prometheus: Record<string, PrometheusKeys>): () => FileBlock => () =>
    fileOf([{ place: "all", table: ALL }], prometheus);
  assert.doesNotThrow(twice({}));
  assert.throws(twice({ jobs: { unsupported: { token: "no" } } }), /BUG: the key token .*"jobs"/);
  assert.throws(twice({ "": { accepted: { jobs: noted("no") } } }), /BUG: the key jobs/);
});
