import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { outputs } from "../../scripts/scale/outputs.ts";

for (const { path, render } of outputs()) {
  test(`${path} is what the program prints: npm run build:scale`, () => {
    const present = readFileSync(path, "utf8");
    assert.equal(present, render(present));
  });
}
