import assert from "node:assert/strict";
import { test } from "node:test";
import { MetadataFields } from "../../src/appender/metadata_fields.ts";
import { metadataField } from "../../src/appender/signal_fields.ts";
import type { Metadata } from "../../src/types.ts";

test("what is said again is the same, and nothing else is taken for it", () => {
  const fields = new MetadataFields();
  const all: readonly (readonly [string, Metadata])[] = [
    ["a", { type: "counter" }],
    ["a", { type: "gauge" }],
    ["a", { type: "gauge", unit: "b" }],
    ["ab", { type: "gauge" }],
    ["a", { type: "gauge", help: "b" }],
    ["a", { type: "gauge", unit: "b", help: "c" }],
    ["a", { type: "gauge", unit: "bc" }],
  ];
  for (let round = 0; round < 2; round++) {
    for (const [family, metadata] of all) {
      assert.deepEqual(fields.of(family, metadata), metadataField(family, metadata));
    }
  }
  assert.equal(fields.of("a", { type: "counter" }), fields.of("a", { type: "counter", help: "" }));
  assert.throws(() => fields.of("a", { type: "other" as "gauge" }), RangeError);
});

test("no more than a mebibyte is remembered", () => {
  const fields = new MetadataFields();
  const first = fields.of("a", { type: "gauge" });
  const large = "x".repeat(300_000);
  fields.of("b", { type: "gauge", help: large });
  assert.equal(fields.of("a", { type: "gauge" }), first);
  fields.of("c", { type: "gauge", help: large });
  assert.notEqual(fields.of("a", { type: "gauge" }), first);
  const huge: Metadata = { type: "gauge", help: "x".repeat(2_000_000) };
  assert.notEqual(fields.of("d", huge), fields.of("d", huge));
});
