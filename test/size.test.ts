import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSize, parseSize } from "../src/size.ts";

test("sizes are those of Prometheus: powers of 1024, whatever the unit is called", () => {
  const cases: [string, number | undefined][] = [
    ["0B", 0],
    ["1B", 1],
    ["1KB", 1024],
    ["1KiB", 1024],
    ["100MB", 104_857_600],
    ["1.5GiB", 1_610_612_736],
    ["10GB", 10_737_418_240],
    ["1TB", 2 ** 40],
    ["1PiB", 2 ** 50],
    ["1GB512MB", 1_610_612_736],
    ["0.3KB", 307],
    ["9999999PB", undefined],
    ["", undefined],
    ["1", undefined],
    ["1 MB", undefined],
    ["1mb", undefined],
    ["1M", undefined],
    ["1iB", undefined],
    ["-1MB", undefined],
    [".5MB", undefined],
    ["1MBx", undefined],
  ];
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text);
});

test("sizes are written in the largest unit that is whole", () => {
  const cases: [number, string][] = [
    [0, "0B"],
    [1000, "1000B"],
    [1024, "1KiB"],
    [1_572_864, "1536KiB"],
    [2 ** 50, "1PiB"],
    [2 ** 60, "1024PiB"],
  ];
  for (const [bytes, text] of cases) {
    assert.equal(formatSize(bytes), text);
    assert.equal(parseSize(text), bytes <= 2 ** 53 ? bytes : undefined);
  }
});
