import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonFault } from "../src/json_fault.ts";

const CASES: readonly (readonly [text: string, fault: string])[] = [
  ["", "it ends at column 1, wanted a value"],
  ["  \n", "it ends at line 2, column 1, wanted a value"],
  ['{"a":1', 'it ends at column 7, wanted "," or "}"'],
  ["[1,2", 'it ends at column 5, wanted "," or "]"'],
  ["[1,]", "got something else at column 4, wanted a value"],
  ["[", 'it ends at column 2, wanted a value or "]"'],
  ["{", 'it ends at column 2, wanted a name or "}"'],
  ['{"a":1,}', "got something else at column 8, wanted a name"],
  ['{"a" 1}', 'got something else at column 6, wanted ":"'],
  ['{"a":"b', "it ends at column 8, wanted the end of a text"],
  ['["a\nb"]', "got something else at line 1, column 4, wanted a text"],
  ['["\\x"]', "got something else at column 3, wanted a text"],
  ["{} {}", "got something else at column 4, wanted the end"],
  ["[tru]", 'got something else at column 2, wanted a value or "]"'],
  ["01", "got something else at column 2, wanted the end"],
  ['[\n  {"a": 1},\n  hunter2\n]', "got something else at line 3, column 3, wanted a value"],
];

test("where a text is no JSON, and what was wanted there, without what is there", () => {
  for (const [text, fault] of CASES) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.equal(jsonFault(text), fault, text);
  }
});

test("JSON that is cut anywhere, or changed, has a place at which it is none", () => {
  fc.assert(fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, at, other) => {
    const cut = at % (json.length + 1);
    for (const text of [json.slice(0, cut), json.slice(0, cut) + other + json.slice(cut + 1)]) {
      if (isJson(text)) continue;
      const place = /column (\d+), wanted (.*)$/.exec(jsonFault(text));
      assert.ok(place !== null && Number(place[1]) <= text.length + 1, jsonFault(text));
    }
  }));
});

test("a list that is nested deep, and a long text, cost no stack", () => {
  assert.match(jsonFault("[".repeat(1_000_000)), /^it ends at column 1000001/);
  assert.match(jsonFault(`"${"x".repeat(1_000_000)}`), /wanted the end of a text$/);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
