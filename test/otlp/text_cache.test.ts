import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TextCache } from "../../src/otlp/text_cache.ts";

const encoder = new TextEncoder();

test("texts are what their bytes are, whatever came before", () => {
  const cache = new TextCache();
  const ascii = fc.string({ unit: "binary-ascii", maxLength: 6 });
  fc.assert(
    fc.property(fc.array(ascii, { maxLength: 50 }), fc.nat({ max: 3 }), (texts, before) => {
      for (const text of texts) {
        const bytes = encoder.encode("x".repeat(before) + text + "y");
        assert.equal(cache.of(bytes, before, bytes.length - 1), text);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("other texts than ASCII are for somebody else", () => {
  const bytes = encoder.encode("aü");
  assert.equal(new TextCache().of(bytes, 0, bytes.length), undefined);
  assert.equal(new TextCache().of(bytes, 0, 1), "a");
});
