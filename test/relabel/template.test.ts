import assert from "node:assert/strict";
import { test } from "node:test";
import { isLabelNameTemplate } from "../../src/relabel/label_name.ts";
import { Pattern } from "../../src/relabel/pattern.ts";
import { Template } from "../../src/relabel/template.ts";

/** By what Go 1.26's `Regexp.Expand` makes of them, for `(a)(?P<x>b)?(?P<n1>c)` on "ac". */
const EXPANDED: readonly (readonly [template: string, text: string])[] = [
  ["", ""],
  ["$0", "ac"],
  ["$1", "a"],
  ["$1x", ""],
  ["${1}x", "ax"],
  ["$1_", ""],
  ["$1-", "a-"],
  ["$2|$x|${x}", "||"],
  ["$3$n1${n1}", "ccc"],
  ["$4$9", ""],
  ["$01", ""],
  ["$00", ""],
  ["$0$0", "acac"],
  ["$$1", "$1"],
  ["$$$1", "$a"],
  ["$", "$"],
  ["a$", "a$"],
  ["$ $1", "$ a"],
  ["${", "${"],
  ["${}", "${}"],
  ["${1", "${1"],
  ["${1 }", "${1 }"],
  ["${1x}y", "y"],
  ["$-$1", "$-a"],
  ["$é$1", "a"],
  ["$99999999999", ""],
  ["$constructor$__proto__", ""],
];

for (const [template, text] of EXPANDED) {
  test(`${JSON.stringify(template)} is ${JSON.stringify(text)}`, () => {
    const match = new Pattern("(a)(?P<x>b)?(?P<n1>c)").match("ac")!;
    assert.equal(new Template(template).expand(match, 100), text);
  });
}

test("what is longer than it may be is not made", () => {
  const match = new Pattern("(.*)").match("x".repeat(10))!;
  assert.equal(new Template("$1$1$1").expand(match, 29), undefined);
  assert.equal(new Template("$1$1$1").expand(match, 30), "x".repeat(30));
});

test("a template of any length is judged at once", () => {
  const long = "a".repeat(100_000);
  assert.equal(isLabelNameTemplate(`${long}-$1`, "legacy"), false);
  assert.equal(isLabelNameTemplate(`${long}$1${long}`, "legacy"), true);
  for (const good of ["$1", "${1}_a", "a$1b", "_", "${name}$2", "$a1"]) {
    assert.equal(isLabelNameTemplate(good, "legacy"), true, good);
  }
  for (const bad of ["", "1a", "a-b", "$", "a$", "${}", "${a", "a b"]) {
    assert.equal(isLabelNameTemplate(bad, "legacy"), false, bad);
  }
});
