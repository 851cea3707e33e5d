import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { codePoint } from "./code_point.ts";

test("every character of UTF-8 can come, and its way back is found", () => {
  const utf8 = new TextEncoder();
  const seen = new Set<number>();
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
      assert.doesNotMatch(text, /\p{Surrogate}/u);
      for (const character of text) seen.add(utf8.encode(character).length);
    }),
    { seed: 20261130, numRuns: 1_000 },
  );
  assert.deepEqual([...seen].sort(), [1, 2, 3, 4]);
  for (const text of ["\0", "a", "\u{d7ff}", "\u{e000}", "\u{10ffff}"]) {
    assert.ok(codePoint.canShrinkWithoutContext(text), text);
  }
  for (const text of ["", "ab", "\ud800", "\udfff"]) {
    assert.ok(!codePoint.canShrinkWithoutContext(text), JSON.stringify(text));
  }
});
