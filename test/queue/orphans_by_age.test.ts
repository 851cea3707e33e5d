/** Several directories are sent to one endpoint: what is oldest goes first, whichever it is in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

const DOWN = (): ReturnType<typeof makeAnswer> => makeAnswer(503);
const UP = (): ReturnType<typeof makeAnswer> => makeAnswer(204);

/** One endpoint, by several names: what it got, and in which order. */
class Renamed {
  readonly rig = new Rig({}, ["endpoint"]);
  #next = 0;

  static async open(name: string): Promise<Renamed> {
    const renamed = new Renamed();
    renamed.isDown();
    await renamed.rig.open(optionsFor([name]));
    return renamed;
  }

  /** Samples count up. */
  async put(count: number): Promise<void> {
    for (let each = 0; each < count; each++) await this.rig.put("a", this.#next++);
  }

  isDown(): void {
    this.rig.endpoints["endpoint"]!.answer = DOWN;
  }

  isUp(): void {
    this.rig.endpoints["endpoint"]!.answer = UP;
  }

  async update(names: readonly string[], drainOrphans: Record<string, string> = {}): Promise<void> {
    await this.rig.wait(this.rig.queue.update({ ...optionsFor(names), drainOrphans }));
  }

  async close(): Promise<void> {
    await this.rig.wait(this.rig.queue.close());
  }

  async reopen(names: readonly string[], drainOrphans: Record<string, string>): Promise<void> {
    await this.rig.open({ ...optionsFor(names), drainOrphans });
  }

  /** All samples have arrived, once and in order. */
  async assertInOrder(): Promise<void> {
    await this.rig.platform.time.advance(120_000);
    const values = this.rig.endpoints["endpoint"]!.valuesOf("__name__=a");
    assert.deepEqual(values, Array.from({ length: this.#next }, (_, value) => value));
    assert.deepEqual(this.rig.queue.stats().orphans, []);
    this.rig.checkSum();
    await this.rig.wait(this.rig.queue.close());
    assert.equal(this.rig.platform.time.timers, 0);
  }
}

function optionsFor(names: readonly string[]): QueueOptions {
  const endpoint = (name: string): EndpointOptions => ({ name, url: "http://endpoint/write" });
  return { dataPath: "/data", endpoints: names.map(endpoint) };
}

for (const drainOrphans of [{ a: "c", b: "c" }, { b: "c", a: "c" }]) {
  test(`of two orphans the older goes first: ${Object.keys(drainOrphans)}`, async () => {
    // Its directory is there before the one of the older.
    const renamed = await Renamed.open("b");
    await renamed.update(["a"]);
    await renamed.put(5);
    await renamed.update(["b"]);
    await renamed.put(5);
    await renamed.update(["c"], drainOrphans);
    await renamed.put(5);
    renamed.isUp();
    await renamed.assertInOrder();
  });
}

for (const when of ["in an update", "at a start", "after a power cut"]) {
  test(`a name that was changed there and back: what is oldest goes first, ${when}`, async () => {
    const renamed = await Renamed.open("a");
    const { rig } = renamed;
    await renamed.put(5);
    await renamed.update(["b"]);
    await renamed.put(5);
    const back: QueueOptions = { ...optionsFor(["a"]), drainOrphans: { b: "a" } };
    if (when === "in an update") await renamed.update(["a"], back.drainOrphans);
    if (when === "at a start") {
      await rig.wait(rig.queue.close());
      await rig.open(back);
    }
    if (when === "after a power cut") await rig.crash(back);
    await renamed.put(5);
    renamed.isUp();
    await renamed.put(5);
    await renamed.assertInOrder();
  });
}

test("there and back and there again, and each directory has its turns", async () => {
  const renamed = await Renamed.open("a");
  for (const name of ["b", "a", "b", "a", "b", "a"]) {
    await renamed.put(2);
    await renamed.update([name]);
  }
  await renamed.put(2);
  await renamed.update(["c"], { a: "c", b: "c" });
  await renamed.put(2);
  renamed.isUp();
  await renamed.put(2);
  await renamed.assertInOrder();
});

test("an endpoint waits for the orphan that an update makes, also one that it was beside", async () => {
  const renamed = await Renamed.open("a");
  const { rig } = renamed;
  await renamed.put(5);
  await renamed.update(["a", "b"]);
  await renamed.put(5);
  // Neither has sent anything; b is up from now on, and the disk is slow to show what a has.
  renamed.isUp();
  let isHeld = true;
  rig.platform.files.fault = (step) =>
    step === "list" && isHeld
      ? new Promise((resolve) => rig.platform.time.after(5000, () => resolve(undefined)))
      : undefined;
  const updated = renamed.update(["b"], { a: "b" });
  await rig.platform.time.advance(60_000);
  isHeld = false;
  await updated;
  await rig.platform.time.advance(120_000);
  const values = rig.endpoints["endpoint"]!.valuesOf("__name__=a");
  const first = [...new Set(values)];
  assert.deepEqual(first, Array.from({ length: 10 }, (_, value) => value));
  await rig.wait(rig.queue.close());
});

test("a batch that two orphans have is sent by both, and is overtaken by nothing", async () => {
  const renamed = await Renamed.open("b");
  const { rig } = renamed;
  await renamed.update(["a"]);
  await renamed.put(3);
  await renamed.update(["a", "b"]);
  await renamed.put(3);
  await renamed.update(["b"]);
  await renamed.put(3);
  await renamed.update(["c"], { b: "c", a: "c" });
  await renamed.put(3);
  renamed.isUp();
  await rig.platform.time.advance(120_000);
  const values = rig.endpoints["endpoint"]!.valuesOf("__name__=a");
  assert.deepEqual([...new Set(values)], Array.from({ length: 12 }, (_, value) => value));
  assert.equal(values.length, 15);
  assert.deepEqual(rig.queue.stats().orphans, []);
  await rig.wait(rig.queue.close());
});

test("an endpoint that has nothing more when its turn ends holds nobody up", async () => {
  const renamed = await Renamed.open("a");
  await renamed.put(3);
  await renamed.update(["b"]);
  await renamed.put(3);
  await renamed.update(["a"], { b: "a" });
  renamed.isUp();
  await renamed.assertInOrder();
});

test("foreign files under the ids of an orphan's batches let nothing overtake those", async () => {
  const renamed = await Renamed.open("a");
  renamed.isUp();
  await renamed.put(1);
  await renamed.rig.drain();
  renamed.isDown();
  await renamed.put(1);
  await renamed.update(["b"]);
  await renamed.put(2);
  await renamed.close();
  assert.deepEqual(await renamed.rig.files("a"), ["2.committed"]);
  assert.deepEqual(await renamed.rig.files("b"), ["3.committed", "4.committed"]);
  for (const id of [1, 2]) {
    renamed.rig.platform.files.plant(`/data/b/wal/${id}.committed`, Uint8Array.of(1, 2, 3));
  }
  renamed.isUp();
  await renamed.reopen(["b"], { a: "b" });
  await renamed.assertInOrder();
});
