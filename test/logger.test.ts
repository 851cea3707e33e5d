import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleLogger } from "../src/logger.ts";
import { VirtualClock } from "../src/testing/memory.ts";

function rig(): { clock: VirtualClock; lines: string[]; logger: ReturnType<typeof consoleLogger> } {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const out = {
    warn: (line: string) => lines.push(`warn ${line}`),
    error: (line: string) => lines.push(`error ${line}`),
  };
  return { clock, lines, logger: consoleLogger(clock, out) };
}

test("warnings and errors are told, and nothing of less importance", () => {
  const { lines, logger } = rig();
  logger.debug("d");
  logger.info("i");
  logger.warn("signals refused", { signals: 3, first: 'metric "x"', more_like_it: undefined });
  logger.error("cannot store");
  assert.deepEqual(lines, [
    'warn walq: signals refused signals=3 first="metric \\"x\\""',
    "error walq: cannot store",
  ]);
});

test("the same is told again after five minutes, with how often it was meanwhile", async () => {
  const { clock, lines, logger } = rig();
  for (let second = 0; second < 600; second++) {
    logger.warn("down", { endpoint: "one", more_like_it: second % 2 || undefined });
    await clock.advance(1_000);
  }
  assert.deepEqual(lines, [
    'warn walq: down endpoint="one"',
    'warn walq: down endpoint="one" more_like_it=449',
  ]);
});

test("what is about another endpoint or metric is told at once", () => {
  const { lines, logger } = rig();
  for (const endpoint of ["one", "two", "one"]) logger.warn("down", { endpoint });
  for (const metric of ["a", "b", "a"]) logger.warn("bad", { metric });
  assert.equal(lines.length, 4);
});

test("no text of others makes a line of its own", () => {
  const { lines, logger } = rig();
  logger.warn("down", { error: "a\nerror walq: all is lost\u001b[2J\u202e" });
  assert.deepEqual(lines, ['warn walq: down error="a\\nerror walq: all is lost\\u001b[2J\\u202e"']);
});

test("kinds of lines without number take no memory without bound", () => {
  const { lines, logger } = rig();
  for (let kind = 0; kind < 10_000; kind++) logger.warn(`kind ${kind}`);
  for (let kind = 9_990; kind < 10_000; kind++) logger.warn(`kind ${kind}`);
  assert.equal(lines.length, 10_000);
});
