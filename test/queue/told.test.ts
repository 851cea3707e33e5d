/** Who opens a queue and says nothing of a logger still learns what is lost, on the console. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../mod.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const ENDPOINTS = [{ name: "one", url: "http://one/write" }];
const MINUTE_MS = 60_000;

/** What the console is told while `work` runs. */
async function toldWhile(work: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const { warn, error } = console;
  console.warn = (line: string) => void lines.push(`warn ${line}`);
  console.error = (line: string) => void lines.push(`error ${line}`);
  try {
    await work();
  } finally {
    Object.assign(console, { warn, error });
  }
  return lines;
}

/** Runs `work` to its end, in the time of the platform. */
async function within(platform: MemoryPlatform, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  work.catch(() => {}).finally(() => isDone = true);
  assert.ok(await platform.time.advanceUntil(() => isDone, MINUTE_MS));
  await work;
}

async function openQueue(more: object = {}): Promise<{ platform: MemoryPlatform; queue: Queue }> {
  await loadKernel();
  const platform = new MemoryPlatform();
  const options = { dataPath: "/data", endpoints: ENDPOINTS };
  return { platform, queue: await Queue.open(options, { platform, ...more }) };
}

test("an endpoint that refuses the login is an error in the first minute", async () => {
  const lines = await toldWhile(async () => {
    const { platform, queue } = await openQueue();
    platform.http.script = () => makeAnswer(401, "who are you?");
    await within(platform, queue.push({ depth: 1 }));
    await platform.time.advance(MINUTE_MS);
    await within(platform, queue.close());
  });
  assert.match(lines[0]!, /^error walq: the endpoint refuses walq: .*endpoint="one".*401/);
  assert.equal(lines.length, 1);
});

test("so is a path that is not there, and one that cannot be reached is a warning", async () => {
  for (
    const [answer, expected] of [
      [() => makeAnswer(404), /^error walq: the endpoint refuses walq/],
      [() => Promise.reject(new Error("no route")), /^warn walq: .*no route/],
    ] as const
  ) {
    const lines = await toldWhile(async () => {
      const { platform, queue } = await openQueue();
      platform.http.script = answer;
      await within(platform, queue.push({ depth: 1 }));
      await platform.time.advance(MINUTE_MS);
      await within(platform, queue.close());
    });
    assert.match(lines[0]!, expected);
    assert.equal(lines.length, 1, lines.join("\n"));
  }
});

test("what is dropped is told, with the reason", async () => {
  const lines = await toldWhile(async () => {
    const { platform, queue } = await openQueue();
    platform.http.script = () => makeAnswer(400, "out of order sample");
    await within(platform, queue.push({ depth: 1 }));
    await platform.time.advance(MINUTE_MS);
    await within(platform, queue.close());
  });
  assert.match(lines.join("\n"), /out of order sample/);
});

test("a commit says how many were taken, and why others were not; so does the console", async () => {
  const lines = await toldWhile(async () => {
    const { platform, queue } = await openQueue({});
    const appender = queue.appender();
    const nowMs = platform.clock.nowMs();
    appender.append({ __name__: "fine" }, nowMs, 1);
    // Two signs that are no text of a label's name.
    appender.append({ __name__: "\u0000" }, nowMs, 1);
    appender.append({ __name__: "long", text: "x".repeat(2_000_000) }, nowMs, 1);
    const result = await (async () => {
      const committed = appender.commit({ durable: true });
      await within(platform, committed);
      return await committed;
    })();
    assert.equal(result.accepted + result.invalid, 3);
    assert.ok(result.invalid > 0);
    assert.match(result.firstInvalid!, /\S/);
    await within(platform, queue.close());
  });
  assert.match(lines.join("\n"), /^warn walq: signals refused: they break a rule .*first="/);
});

test("a timestamp in another unit is an error that says so", async () => {
  const { platform, queue } = await openQueue({ logger: "silent" });
  const appender = queue.appender();
  const nowMs = platform.clock.nowMs();
  const append = (timestamp: unknown): unknown =>
    appender.append({ __name__: "m" }, timestamp as number, 1);
  assert.throws(() => append(nowMs / 1000), /looks like seconds, expected milliseconds/);
  assert.throws(() => append(nowMs * 1e6), /looks like nanoseconds, expected milliseconds/);
  assert.throws(() => append(BigInt(nowMs) * 1_000_000n), /looks like nanoseconds/);
  const histogram = { type: "integer", schema: 0, count: 0, sum: 0 } as const;
  const late = Math.floor(nowMs / 1000);
  assert.throws(() => appender.appendHistogram({ __name__: "m" }, late, histogram), /seconds/);
  assert.throws(() => appender.appendStale({ __name__: "m" }, late), /looks like seconds/);
  const exemplar = { labels: {}, value: 1, timestampMs: late };
  assert.throws(() => appender.appendExemplar({ __name__: "m" }, exemplar), /looks like seconds/);
  await within(platform, queue.close());
});

test("a logger of one's own replaces the console, and `silent` silences it", async () => {
  const logger = new MemoryLogger();
  const lines = await toldWhile(async () => {
    for (const given of [logger, "silent"]) {
      const { platform, queue } = await openQueue({ logger: given });
      platform.http.script = () => makeAnswer(401);
      await within(platform, queue.push({ depth: 1 }));
      await platform.time.advance(MINUTE_MS);
      await within(platform, queue.close());
    }
  });
  assert.deepEqual(lines, []);
  assert.ok(logger.lines.some((line) => line.startsWith("error the endpoint refuses walq")));
});
