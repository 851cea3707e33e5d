import assert from "node:assert/strict";
import { test } from "node:test";
import { LineOutput } from "../../src/agent/line_output.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { type Deferred, deferred } from "./support.ts";

/** An output that does as it is told. */
class Output {
  readonly texts: string[] = [];
  refuses = false;
  held: Deferred<void> | undefined;
  readonly clock: VirtualClock = new VirtualClock();
  readonly lines: LineOutput = new LineOutput(async (text) => {
    await this.held?.promise;
    if (this.refuses) throw new Error("no space");
    this.texts.push(text);
  });

  /** What was written since the last time. */
  async written(): Promise<string[]> {
    await this.lines.printed(this.clock, 1_000);
    return this.texts.splice(0);
  }
}

test("lines are written in order, one after the other", async () => {
  const output = new Output();
  for (const line of ["a", "b", "c"]) output.lines.line(line);
  assert.deepEqual(await output.written(), ["a\n", "b\n", "c\n"]);
  assert.equal(output.clock.timers, 0);
});

test("lines that an output refuses are counted, and told when it works again", async () => {
  const output = new Output();
  output.refuses = true;
  for (const line of ["a", "b"]) output.lines.line(line);
  assert.deepEqual(await output.written(), []);
  output.lines.line("c");
  assert.deepEqual(await output.written(), []);
  output.refuses = false;
  output.lines.describeLost = (lines) => `lost ${lines}`;
  output.lines.line("d");
  output.lines.line("e");
  assert.deepEqual(await output.written(), ["lost 3\n", "d\n", "e\n"]);
  assert.equal(output.lines.lostTotal, 3);
});

test("what a reader does not take is kept up to a bound; the rest is told in its place", async () => {
  const output = new Output();
  output.held = deferred();
  const long = (index: number): string => `${index}`.padEnd(1_000);
  // The first is on its way, and there is room for 262 more.
  for (let index = 0; index < 300; index++) output.lines.line(long(index));
  assert.equal(output.lines.lostTotal, 37);
  output.held.resolve();
  output.held = undefined;
  const texts = await output.written();
  assert.equal(texts.length, 264);
  assert.deepEqual(texts.slice(-2), [`${long(262)}\n`, "walq: 37 lines lost\n"]);
  output.lines.line("next");
  assert.deepEqual(await output.written(), ["next\n"]);
});

test("a line that comes when there is room again follows the count of those that were lost", async () => {
  const output = new Output();
  output.held = deferred();
  for (let index = 0; index < 3; index++) output.lines.line("x".repeat(200_000));
  const texts = output.texts;
  const { held } = output;
  output.held = undefined;
  held.resolve();
  while (texts.length === 0) await Promise.resolve();
  output.lines.line("y");
  const all = await output.written();
  assert.deepEqual(all.map((text) => text.slice(0, 6)), ["xxxxxx", "xxxxxx", "walq: ", "y\n"]);
});

test("the end does not wait for a reader that stands still", async () => {
  const output = new Output();
  output.held = deferred();
  output.lines.line("a");
  let isOver = false;
  const printed = output.lines.printed(output.clock, 1_000).then(() => isOver = true);
  await output.clock.advance(999);
  assert.equal(isOver, false);
  await output.clock.advance(1);
  await printed;
});
