import assert from "node:assert/strict";
import { test } from "node:test";
import { patternCost } from "../../src/relabel/pattern_cost.ts";

test("a text without repetitions costs about its length", () => {
  for (
    const regex of [
      "",
      "abc",
      "up|down",
      "go_.*",
      "(a|b)+c?",
      "[a-z0-9]+",
      "\\Qa{9}\\E",
      "\\x{10FFFF}",
    ]
  ) {
    const cost = patternCost(regex);
    assert.ok(cost >= 1 && cost <= 2 * regex.length + 1, `${regex}: ${cost}`);
  }
});

test("what is repeated is counted as often, however it is nested", () => {
  for (
    const [regex, least] of [
      ["a{1000}", 1_000],
      ["a{1000}?", 1_000],
      ["a{2,1000}", 1_000],
      ["a{1000,}", 1_000],
      ["x*{1000}", 2_000],
      ["(a{100}){10}", 1_000],
      ["((a{10}){10}b){10}", 1_000],
      ["(?:(?:ab){10}){100}", 2_000],
      ["(?P<n>ab){1000}", 2_000],
      ["(?i:ab){1000}", 2_000],
      ["(?i)a{1000}", 1_000],
      ["\\pL{1000}", 20_000],
      ["\\p{Greek}{1000}", 20_000],
      ["[\\pL\\pN]{1000}", 40_000],
      ["[^]a]{1000}", 1_000],
      ["\\){1000}", 1_000],
      ["(a{1000", 6],
      ["(a{1000}", 1_000],
    ] as const
  ) {
    const cost = patternCost(regex);
    assert.ok(cost >= least && cost < 10 * least, `${regex}: ${cost}`);
  }
});

test("what closes a group that is none has no bound", () => {
  for (const regex of ["a)|(b", ")", "(a))"]) assert.equal(patternCost(regex), Infinity);
  for (const regex of ["[)]", "\\)", "\\Q)\\E", "(?i)a"]) {
    assert.ok(Number.isFinite(patternCost(regex)), regex);
  }
});
