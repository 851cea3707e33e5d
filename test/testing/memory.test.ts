import { listDirectory } from "../support/list_directory.ts";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import {
  makeAnswer,
  MemoryPlatform,
  ScriptedHttpClient,
  seededRandom,
  VirtualClock,
} from "../../src/testing/memory.ts";

const REQUEST: HttpRequest = {
  url: "http://endpoint/push",
  method: "POST",
  headers: {},
  answerBytesMax: 100,
};

describe("VirtualClock", () => {
  it("fires what is due, in the order of time and then of setting", async () => {
    const clock = new VirtualClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.nowMs()}`);
    clock.after(20, note("b"));
    clock.after(10, note("a"));
    clock.after(20, note("c"));
    clock.after(31, note("late"));
    clock.after(-5, note("now"));
    await clock.advance(30);
    assert.deepEqual(fired, ["now@1000", "a@1010", "b@1020", "c@1020"]);
    assert.equal(clock.nowMs(), 1_030);
    assert.equal(clock.monotonicMs(), 30);
    assert.equal(clock.timers, 1);
  });

  it("lets promises settle between timers, so that those set by them are kept", async () => {
    const clock = new VirtualClock();
    const ticks: number[] = [];
    async function loop(): Promise<void> {
      while (ticks.length < 5) {
        await new Promise<void>((resolve) => clock.after(10, resolve));
        for (let i = 0; i < 100; i++) await Promise.resolve();
        ticks.push(clock.monotonicMs());
      }
    }
    const done = loop();
    await clock.advance(100);
    await done;
    assert.deepEqual(ticks, [10, 20, 30, 40, 50]);
  });

  it("does not fire what was cancelled, also by another timer", async () => {
    const clock = new VirtualClock();
    let fired = false;
    const cancel = clock.after(10, () => fired = true);
    clock.after(5, cancel);
    await clock.advance(20);
    assert.equal(fired, false);
    cancel();
  });

  it("goes on until something is done, or to the limit", async () => {
    const clock = new VirtualClock();
    let done = false;
    clock.after(70, () => done = true);
    clock.after(90, () => assert.fail("not reached"));
    assert.equal(await clock.advanceUntil(() => done, 1_000), true);
    assert.equal(clock.monotonicMs(), 70);
    assert.equal(await clock.advanceUntil(() => false, 10), false);
    assert.equal(clock.monotonicMs(), 80);
  });

  it("jumps on the wall, not in monotonic time", async () => {
    const clock = new VirtualClock(5_000);
    let fired = false;
    clock.after(100, () => fired = true);
    clock.jump(-4_000);
    assert.equal(clock.nowMs(), 1_000);
    assert.equal(clock.monotonicMs(), 0);
    await clock.advance(99);
    assert.equal(fired, false);
    await clock.advance(1);
    assert.equal(fired, true);
  });
});

describe("ScriptedHttpClient", () => {
  it("answers by the script, and cuts the text at the limit", async () => {
    const client = new ScriptedHttpClient((request) =>
      makeAnswer(429, `no ${request.url}`, { "retry-after": "7" })
    );
    const { signal } = new AbortController();
    const answer = await client.exchange({ ...REQUEST, answerBytesMax: 4 }, signal);
    assert.equal(answer.status, 429);
    assert.equal(answer.text, "no h");
    assert.equal(answer.header("retry-after"), "7");
    assert.equal(answer.header("x-none"), undefined);
    assert.equal(client.exchanges, 1);
    assert.equal(client.inFlight, 0);
  });

  it("rejects with what the script throws", async () => {
    const client = new ScriptedHttpClient(() => {
      throw new Error("refused");
    });
    await assert.rejects(client.exchange(REQUEST, new AbortController().signal), /refused/);
    assert.equal(client.inFlight, 0);
  });

  it("rejects with the signal's reason while the script hangs", async () => {
    const client = new ScriptedHttpClient(() => new Promise(() => {}));
    const controller = new AbortController();
    const reason = new Error("stopped");
    const exchange = client.exchange(REQUEST, controller.signal);
    assert.equal(client.inFlight, 1);
    controller.abort(reason);
    await assert.rejects(exchange, (error) => error === reason);
    assert.equal(client.inFlight, 0);
    await assert.rejects(client.exchange(REQUEST, controller.signal), (error) => error === reason);
    assert.equal(client.exchanges, 1);
  });
});

describe("MemoryPlatform", () => {
  it("freezes the dead process: files, timers and answers never come", async () => {
    const first = new MemoryPlatform({ seed: 7 });
    let answer: () => void = () => {};
    first.http.script = () => new Promise((resolve) => answer = () => resolve(makeAnswer(200)));
    let settled = 0;
    first.http.exchange(REQUEST, new AbortController().signal).finally(() => settled++);
    first.clock.after(10, () => settled++);
    await first.files.writeAndSync("/a", [new Uint8Array(1)]);

    const second = first.crash("worst");
    answer();
    listDirectory(first.files, "/").finally(() => settled++);
    first.clock.after(10, () => settled++);
    await second.time.advance(100);
    assert.equal(settled, 0);
    assert.deepEqual(second.files.paths(), []);
  });

  it("goes on with the same time and script, as another process", async () => {
    const first = new MemoryPlatform({ startMs: 5, script: () => makeAnswer(503) });
    await first.time.advance(10);
    const second = first.crash();
    assert.equal(second.clock.nowMs(), 15);
    assert.equal(second.processes.pid, first.processes.pid + 1);
    assert.equal(await second.processes.mark(first.processes.pid), undefined);
    assert.equal(await second.processes.mark(second.processes.pid), "memory:2");
    let fired = false;
    second.clock.after(5, () => fired = true);
    await second.time.advance(5);
    assert.equal(fired, true);
    const { signal } = new AbortController();
    assert.equal((await second.http.exchange(REQUEST, signal)).status, 503);
  });
});

describe("seededRandom", () => {
  it("depends on the seed alone, and is spread over [0, 1)", () => {
    const [a, b, c] = [seededRandom(1), seededRandom(1), seededRandom(2)];
    const numbers = Array.from({ length: 10_000 }, a);
    assert.deepEqual(numbers.slice(0, 5), Array.from({ length: 5 }, b));
    assert.notEqual(numbers[0], c());
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `${mean}`);
  });
});

it("a crash of the process alone keeps what was not synced", async () => {
  const platform = new MemoryPlatform();
  await platform.files.makeDirectory("/a");
  await platform.files.writeAndSync("/a/b", [Uint8Array.of(1, 2, 3)]);
  const next = platform.crash("all");
  assert.deepEqual(await next.files.read("/a/b"), Uint8Array.of(1, 2, 3));
});
