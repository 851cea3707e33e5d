import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "../src/duration.ts";

test("durations are read as Prometheus reads them", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["5s", 5_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["1y2w3d4h5m6s7ms", 365 * 86_400_000 + 17 * 86_400_000 + 14_706_007],
    ["90m", 5_400_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test("what is no duration is refused", () => {
  const wrong = ["", "5", "-5s", "+5s", "1.5h", "5 s", "30m1h", "1s1s", "5S", "s", "1e3s", "９s"];
  for (const text of [...wrong, `${"9".repeat(30)}y`]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test("a duration is written so that it reads as the same", () => {
  for (const ms of [0, 1, 10, 999, 1_000, 60_000, 5_400_000, 86_400_000, 90_061_001, 604_800_000]) {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }
  assert.equal(formatDuration(5_400_000), "1h30m");
});
