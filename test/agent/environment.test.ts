import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "../../src/agent/config/environment.ts";

/** What Go's `os.Expand` makes of them, with `<name>` for the value of a variable. */
const EXPANDED: readonly [string, string][] = [
  ["", ""],
  ["plain", "plain"],
  ["$HOME", "<HOME>"],
  ["${HOME}", "<HOME>"],
  ["a$HOME-b", "a<HOME>-b"],
  ["$HOME_1.x", "<HOME_1>.x"],
  ["${a b}", "<a b>"],
  ["$1x", "<1>x"],
  ["$*$#$@$!$?$-", "<*><#><@><!><?><->"],
  ["${1}2", "<1>2"],
  ["a$$b", "a$b"],
  ["$$$$", "$$"],
  ["$$HOME", "$HOME"],
  ["${$}", "$"],
  ["a$", "a$"],
  ["$", "$"],
  ["$.x", "$.x"],
  ["$ x", "$ x"],
  ["a${}b", "ab"],
  ["a${HOME", "aHOME"],
  ["$ü", "$ü"],
];

test("variables are expanded by the rules of os.Expand", () => {
  for (const [text, expected] of EXPANDED) {
    assert.equal(expand(text, (name) => `<${name}>`), expected, text);
  }
});

test("what is left out is told, and a name that is there is not", () => {
  const broken: readonly (readonly [string, number])[] = [
    ["a${}b${", 2],
    ["x${HOME", 1],
    ["$$ $ ${A} $B", 0],
    ["a$", 0],
  ];
  for (const [text, times] of broken) {
    let told = 0;
    expand(text, () => "", () => told++);
    assert.equal(told, times, text);
  }
});
