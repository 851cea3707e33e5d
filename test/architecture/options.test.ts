import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as v from "valibot";
import { blocksIn } from "../../scripts/options/interfaces.ts";
import { outputs } from "../../scripts/options/outputs.ts";
import { SERVER } from "../../src/agent/config/server_options.ts";
import { QUEUE } from "../../src/options/tables/queue.ts";

for (const { path, render } of outputs()) {
  test(`${path} is what the rows give: npm run build:options`, () => {
    const present = readFileSync(path, "utf8");
    assert.equal(present, render(present));
  });
}

test("what a row gives by default is within its own bounds", () => {
  let defaults = 0;
  for (const { name, rows } of [...blocksIn(QUEUE), SERVER]) {
    for (const [option, { kind, presence, default: value }] of Object.entries(rows)) {
      if (presence !== "defaulted") continue;
      defaults++;
      assert.ok(v.is(kind.check, value), `${name}.${option}: ${JSON.stringify(value)}`);
    }
  }
  assert.ok(defaults > 30, `${defaults} defaults`);
});

test("each row says what its option does, in sentences", () => {
  for (const { name, rows } of [...blocksIn(QUEUE), SERVER]) {
    for (const [option, { doc }] of Object.entries(rows)) {
      assert.match(doc, /^[A-Za-z`].*\.\)?$/, `${name}.${option}`);
    }
  }
});
