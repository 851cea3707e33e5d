import assert from "node:assert/strict";
import { test } from "node:test";
import { SerialExecutor } from "../../src/actor/serial_executor.ts";

/** Work that ends when it is told to. */
class Piece {
  readonly #log: string[];
  readonly #name: string;
  end: () => void = () => {};
  fail: (error: Error) => void = () => {};

  constructor(name: string, log: string[]) {
    this.#name = name;
    this.#log = log;
  }

  readonly work = async (): Promise<string> => {
    this.#log.push(`${this.#name} begins`);
    try {
      await new Promise<void>((resolve, reject) => {
        this.end = resolve;
        this.fail = reject;
      });
    } finally {
      this.#log.push(`${this.#name} ends`);
    }
    return this.#name;
  };
}

/** Lets all that can go on without anybody's help do so. */
async function rest(): Promise<void> {
  for (let tick = 0; tick < 20; tick++) await Promise.resolve();
}

test("one piece of work begins when the one before it has ended, and each has its own result", async () => {
  const log: string[] = [];
  const turns = new SerialExecutor();
  const [first, second] = [new Piece("first", log), new Piece("second", log)];
  const done = [turns.run(first.work), turns.run(second.work)];
  await rest();
  assert.deepEqual(log, ["first begins"]);
  first.end();
  await rest();
  assert.deepEqual(log, ["first begins", "first ends", "second begins"]);
  second.end();
  assert.deepEqual(await Promise.all(done), ["first", "second"]);
});

test("nothing begins in the call itself", async () => {
  const log: string[] = [];
  const done = new SerialExecutor().run(() => log.push("work"));
  log.push("asked");
  await done;
  assert.deepEqual(log, ["asked", "work"]);
});

test("a piece that fails tells who asked for it, and those behind it go on", async () => {
  const log: string[] = [];
  const turns = new SerialExecutor();
  const piece = new Piece("first", log);
  const failed = turns.run(piece.work);
  const thrown = turns.run(() => {
    throw new Error("at once");
  });
  const next = turns.run(() => "next");
  await rest();
  piece.fail(new Error("no"));
  await assert.rejects(failed, { message: "no" });
  await assert.rejects(thrown, { message: "at once" });
  assert.equal(await next, "next");
});

test("what was asked for so far is settled before what comes later has ended", async () => {
  const log: string[] = [];
  const turns = new SerialExecutor();
  const [first, second] = [new Piece("first", log), new Piece("second", log)];
  const failed = turns.run(first.work);
  const settled = turns.settled.then(() => log.push("settled"));
  const done = turns.run(second.work);
  await rest();
  first.fail(new Error("no"));
  await assert.rejects(failed);
  await settled;
  await rest();
  assert.ok(log.indexOf("settled") > log.indexOf("first ends"), log.join());
  assert.ok(!log.includes("second ends"), log.join());
  second.end();
  await done;
});

test("idle waits for what is asked for while it waits", async () => {
  const log: string[] = [];
  const turns = new SerialExecutor();
  const [first, second] = [new Piece("first", log), new Piece("second", log)];
  const chained = turns.run(first.work).then(() => turns.run(second.work));
  const idle = turns.idle().then(() => log.push("idle"));
  await rest();
  first.end();
  await rest();
  assert.deepEqual(log, ["first begins", "first ends", "second begins"]);
  second.end();
  await chained;
  await idle;
  assert.deepEqual(log.slice(-2), ["second ends", "idle"]);
});

test("where nothing was asked for, it is settled and idle", async () => {
  const turns = new SerialExecutor();
  await turns.settled;
  await turns.idle();
});
