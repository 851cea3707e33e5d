import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/agent/log.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";

test("logfmt quotes what would break a line or a field", () => {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line), "logfmt", new VirtualClock());
  logger.warn("two words", {
    endpoint: "a",
    error: 'x="1"\nlevel=error',
    none: undefined,
    empty: "",
  });
  assert.deepEqual(lines, [
    'time=2025-01-01T00:00:00.000Z level=warn msg="two words" endpoint=a error="x=\\"1\\"\\nlevel=error" empty=""',
  ]);
});

test("what turns a line around or hides in it is an escape, in both forms", () => {
  const error = "\u202edlrow\u202c \x9b2J \u{e0041}";
  const lines: string[] = [];
  const clock = new VirtualClock();
  for (const format of ["logfmt", "json"] as const) {
    createLogger((line) => lines.push(line), format, clock).warn("down", { error });
  }
  for (const line of lines) {
    assert.match(line, /^[\x20-\x7e]+$/);
    assert.ok(line.includes(String.raw`"\u202edlrow\u202c \u009b2J \udb40\udc41"`), line);
  }
  assert.equal(JSON.parse(lines[1]!).error, error, "JSON says the same as before");
});

test("json is one object a line", () => {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line), "json", new VirtualClock());
  logger.error("broken\n", { count: 3 });
  logger.debug("not shown");
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { time: "2025-01-01T00:00:00.000Z", level: "error", msg: "broken\n", count: 3 },
  ]);
});
