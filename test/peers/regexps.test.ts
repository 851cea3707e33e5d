/** The table of what Prometheus makes of regular expressions, held against Go itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { EXPANSIONS, type Judgement, SYNTAX, SYNTAX_APART } from "../relabel/go_syntax.ts";
import { buildByGo } from "./support/built_by_go.ts";
import { missing } from "./support/installed.ts";

/** As `regexps/main.go` writes it. */
interface Answer {
  readonly refused: string;
  readonly groups: readonly string[] | null;
  readonly expanded: string;
}

const isAsked = process.env["WALQ_PEERS_GO"] === "1";
const skip = missing("go") || "Go builds it: WALQ_PEERS_GO=1 npm run test:peers";
const program = isAsked ? buildByGo("regexps") : { path: "", skip };

test("expressions are what Go takes them for", { skip: program.skip }, () => {
  const cases = [...SYNTAX, ...SYNTAX_APART];
  const questions = [
    ...cases.map(([regex, text]) => ({ regex, text, template: "" })),
    ...EXPANSIONS.map(([regex, text, template]) => ({ regex, text, template })),
  ];
  const input = JSON.stringify(questions);
  const { status, stdout, stderr } = spawnSync(program.path, { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const answers: Answer[] = JSON.parse(stdout);
  assert.equal(answers.length, questions.length);
  for (const [index, [regex, text, wanted]] of cases.entries()) {
    assert.deepEqual(judgementIn(answers[index]!), wanted, `${regex} on ${text}`);
  }
  for (const [index, [regex, , template, wanted]] of EXPANSIONS.entries()) {
    const { expanded } = answers[cases.length + index]!;
    assert.equal(expanded, wanted, `${template} of ${regex}`);
  }
});

function judgementIn({ refused, groups }: Answer): Judgement {
  return refused === "" ? groups ?? undefined : "refused";
}
