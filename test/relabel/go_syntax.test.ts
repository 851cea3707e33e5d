/** Regular expressions, by what Go makes of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { distinctNames } from "../../src/relabel/group_names.ts";
import { Pattern, whyNoPattern } from "../../src/relabel/pattern.ts";
import { EXPANSIONS, type Judgement, SYNTAX, SYNTAX_APART } from "./go_syntax.ts";
import { relabel } from "./support.ts";

/** What walq makes of it, with as many groups as `like` has. */
function judge(regex: string, text: string, like: Judgement): Judgement {
  if (whyNoPattern(regex) !== undefined) return "refused";
  const match = new Pattern(regex).match(text);
  if (match === undefined) return undefined;
  const groups = typeof like === "object" ? like.length : 1;
  return Array.from({ length: groups }, (_, index) => match.group(index));
}

test("an expression is refused, or matches, as in Prometheus", () => {
  for (const [regex, text, wanted] of SYNTAX) {
    assert.deepEqual(judge(regex, text, wanted), wanted, `${regex} on ${text}`);
  }
});

test("what is another thing than in Prometheus is known", () => {
  for (const [regex, text, go, walq] of SYNTAX_APART) {
    assert.notDeepEqual(walq, go);
    assert.deepEqual(judge(regex, text, walq), walq, regex);
  }
});

test("of groups with one name a template has the first that took part", () => {
  for (const [regex, text, template, wanted] of EXPANSIONS) {
    const replace = { sourceLabels: ["a"], regex, replacement: template, targetLabel: "b" };
    const labels = relabel({ a: text, b: "old" }, [replace]);
    assert.deepEqual(labels, { a: text, ...(wanted !== "" && { b: wanted }) }, regex);
  }
});

test("names, classes and quotes are found in the time of their length", () => {
  for (const part of ["[", "[\\", "\\Q", "[[:a:", "(?P<n>a)"]) {
    // What takes the square of its length would take minutes.
    const { instead } = distinctNames(`(?P<n>a)(?P<n>b)${part.repeat(50_000)}`);
    assert.equal(instead.get("n")?.length, part === "(?P<n>a)" ? 50_002 : 2);
  }
});
