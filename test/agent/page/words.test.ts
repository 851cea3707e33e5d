import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesWords,
  countWords,
  durationWords,
  spanWords,
  wholeWords,
} from "../../../src/agent/page/words.ts";

test("durations, bytes and counts as somebody would say them", () => {
  const durations = [
    -5,
    0,
    400,
    1_000,
    59_000,
    119_000,
    120_000,
    7_199_000,
    7_200_000,
    3 * 86_400_000,
  ];
  assert.deepEqual(durations.map(durationWords), [
    "0 s",
    "0 s",
    "less than 1 s",
    "1 s",
    "59 s",
    "119 s",
    "2 min",
    "120 min",
    "2 h",
    "3 d",
  ]);
  assert.deepEqual([60_000, 900_000, 3_600_000, 7 * 86_400_000].map(spanWords), [
    "1 min",
    "15 min",
    "1 h",
    "7 d",
  ]);
  assert.deepEqual([0, 999, 1_000, 1024 * 1024, 1.5 * 1024 ** 3, 1e18].map(bytesWords), [
    "0 B",
    "999 B",
    "0.98 KiB",
    "1 MiB",
    "1.5 GiB",
    "888 PiB",
  ]);
  assert.deepEqual([0, 0.126, 1.26, 12.34, 999, 999.6, 1_234, 1e6, 1e16].map(countWords), [
    "0",
    "0.13",
    "1.3",
    "12.3",
    "999",
    "1k",
    "1.2k",
    "1M",
    "10000T",
  ]);
  assert.deepEqual([0, 999, 1_000, 1_234_567].map(wholeWords), ["0", "999", "1,000", "1,234,567"]);
});
