import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeLabels } from "../../src/appender/wire.ts";
import { LabelEncoder } from "../../src/tools/label_encoder.ts";

test("labels come out as the appender writes them, whatever their texts are", () => {
  const encoder = new LabelEncoder();
  const long = "x".repeat(5_000);
  const sets: (readonly [string, string])[][] = [
    [],
    [["__name__", "up"], ["job", "node"]],
    [["", ""], ["ü", "日本語"], ["emoji", "🦭".repeat(30)]],
    [["long", long], [long, "ä" + long]],
    [["cut", "a".repeat(63) + "ü"], ["edge", "a".repeat(64)], ["over", "a".repeat(65)]],
    [["surrogate", "\ud800"]],
    Array.from({ length: 300 }, (_, at) => [`label_${at}`, `${at}`] as const),
  ];
  for (const labels of [...sets, ...sets]) {
    assert.deepEqual(encoder.encode(labels).slice(), encodeLabels(labels));
  }
});
