import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamError } from "../../src/errors.ts";
import { Ownership, RENEW_MS, TAKE_OVER_MS, TERM_MS } from "../../src/jetstream/ownership.ts";
import { recordIn, textOf } from "../../src/jetstream/partition_record.ts";
import { MemoryStream } from "../../src/testing/memory_stream.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

/** Two processes and the servers of one stream. */
class Scene {
  readonly stream = new MemoryStream();
  readonly changes: string[] = [];
  /** What the servers do before they replace a record. */
  hold: () => Promise<void> = () => Promise.resolve();

  /** A process with a clock of its own, which may stand still. */
  process(owner: string, clock: VirtualClock = new VirtualClock()) {
    let isCut = false;
    const logger = new MemoryLogger();
    const log = this.stream.connect(() => isCut);
    const replaceRecord = log.replaceRecord.bind(log);
    log.replaceRecord = async (...args) => {
      await this.hold();
      return await replaceRecord(...args);
    };
    const ownership = new Ownership({
      log,
      clock,
      logger,
      record: "partition_0",
      owner,
      onChange: (isHeld) => this.changes.push(`${owner} ${isHeld ? "has it" : "has lost it"}`),
    });
    return { ownership, clock, logger, cut: (isNow: boolean) => isCut = isNow };
  }

  get record() {
    return recordIn(this.stream.record("partition_0")!.value);
  }
}

async function passAll(ms: number, ...clocks: readonly VirtualClock[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    for (const clock of clocks) await clock.advance(100);
  }
}

test("the first that comes has it, and says so again and again", async () => {
  const scene = new Scene();
  const one = scene.process("one");
  one.ownership.start();
  await one.clock.settle();
  assert.equal(one.ownership.isHeld, true);
  assert.deepEqual(scene.record, {
    owner: "one",
    term: 1,
    cursors: {},
    newestMs: {},
  });
  await one.clock.advance(10 * TERM_MS);
  assert.equal(one.ownership.isHeld, true);
  assert.deepEqual(scene.changes, ["one has it"]);
  await one.ownership.stop();
});

test("another one waits, and has it at once when it is given up", async () => {
  const scene = new Scene();
  const [one, two] = [scene.process("one"), scene.process("two")];
  one.ownership.start();
  await one.clock.settle();
  two.ownership.start();
  await passAll(10 * TERM_MS, one.clock, two.clock);
  assert.equal(two.ownership.isHeld, false);
  one.ownership.settled("prom", 17);
  await one.ownership.stop();
  await two.clock.advance(RENEW_MS);
  assert.equal(two.ownership.isHeld, true);
  assert.equal(two.ownership.cursor("prom"), 17);
  assert.deepEqual(scene.changes, ["one has it", "one has lost it", "two has it"]);
  await two.ownership.stop();
});

test("at no moment two have it, however one is stopped: it finds its term over", async () => {
  for (const how of ["stopped", "cut off", "its host sleeps"] as const) {
    const scene = new Scene();
    const [one, two] = [scene.process("one"), scene.process("two")];
    one.ownership.start();
    await one.clock.settle();
    two.ownership.start();
    await passAll(3 * RENEW_MS, one.clock, two.clock);
    if (how === "cut off") one.cut(true);
    for (let passed = 0; passed < TAKE_OVER_MS + RENEW_MS; passed += 100) {
      await two.clock.advance(100);
      if (how === "cut off") await one.clock.advance(100);
      const both = one.ownership.isHeld && two.ownership.isHeld;
      // One that is stopped cannot look: what counts is what it finds when it can.
      if (how === "cut off") assert.equal(both, false);
    }
    assert.equal(two.ownership.isHeld, true, how);
    if (how === "its host sleeps") one.clock.suspend(TAKE_OVER_MS + RENEW_MS);
    if (how === "stopped") {
      // Its timers are late, and whatever is to be sent asks before they have fired.
      const asked: boolean[] = [];
      one.clock.after(0, () => asked.push(one.ownership.isHeld));
      one.clock.suspend(TAKE_OVER_MS + RENEW_MS);
      await one.clock.advance(1);
      assert.deepEqual(asked, [false]);
    }
    assert.equal(one.ownership.isHeld, false, how);
    one.cut(false);
    await passAll(RENEW_MS, one.clock, two.clock);
    assert.deepEqual(
      scene.changes,
      ["one has it", "two has it", "one has lost it"].toSorted(
        (a, b) => scene.changes.indexOf(a) - scene.changes.indexOf(b),
      ),
    );
    assert.equal(scene.record.owner, "two");
    await Promise.all([one.ownership.stop(), two.ownership.stop()]);
  }
});

test("how far it came is refused from one who has lost it", async () => {
  const scene = new Scene();
  const [one, two] = [scene.process("one"), scene.process("two")];
  one.ownership.start();
  await one.clock.settle();
  one.ownership.settled("prom", 5);
  assert.equal(await one.ownership.flush(), true);
  two.ownership.start();
  await two.clock.advance(TAKE_OVER_MS + RENEW_MS);
  assert.equal(two.ownership.isHeld, true);
  two.ownership.settled("prom", 9);
  assert.equal(await two.ownership.flush(), true);
  // By its own clock no time has passed.
  assert.equal(one.ownership.isHeld, true);
  one.ownership.settled("prom", 7);
  assert.equal(await one.ownership.flush(), false);
  assert.equal(one.ownership.isHeld, false);
  assert.equal(scene.record.cursors["prom"], 9);
  await Promise.all([one.ownership.stop(), two.ownership.stop()]);
});

test("an answer that is lost costs no term", async () => {
  const scene = new Scene();
  const one = scene.process("one");
  let lost = 0;
  scene.stream.fault = (step) => step === "replace" && lost++ % 3 === 1 ? "lose_answer" : undefined;
  one.ownership.start();
  await one.clock.advance(20 * TERM_MS);
  assert.equal(one.ownership.isHeld, true);
  assert.deepEqual(scene.changes, ["one has it"]);
  await one.ownership.stop();
});

/** The next one is no whole number any more. */
const MAX_TERM = '{"owner":"","term":9007199254740991,"cursors":{}}';

test("a record that cannot be read is nobody's to take", async () => {
  const scene = new Scene();
  for (
    const text of [
      MAX_TERM,
      "",
      "{}",
      "[]",
      '{"owner":"x","term":-1,"cursors":{}}',
      '{"owner":1}',
      "null",
    ]
  ) {
    const name = "partition_0";
    scene.stream.replaceRecord(name, text, scene.stream.record(name)?.revision);
    const one = scene.process("one");
    one.ownership.start();
    await one.clock.advance(TAKE_OVER_MS + 2 * RENEW_MS);
    assert.equal(one.ownership.isHeld, false, text);
    assert.match(one.logger.lines.join("\n"), /expected the record of a partition/);
    await one.clock.advance(10 * TERM_MS);
    assert.equal(one.logger.lines.length, 1);
    await one.ownership.stop();
  }
});

test("one whose record cannot be read has it no more, also for those who only look", async () => {
  const scene = new Scene();
  const [one, two] = [scene.process("one"), scene.process("two")];
  one.ownership.start();
  await one.clock.settle();
  two.ownership.start();
  await two.clock.settle();
  assert.equal(two.ownership.isOwned, true);
  scene.stream.replaceRecord(
    "partition_0",
    "garbage",
    scene.stream.record("partition_0")?.revision,
  );
  await passAll(TAKE_OVER_MS + 2 * RENEW_MS, one.clock, two.clock);
  assert.deepEqual([one.ownership.isOwned, two.ownership.isOwned], [false, false]);
  await one.ownership.stop();
  await two.ownership.stop();
});

test("a lease that was over while it was renewed is told anew: who looked meanwhile goes on without it", async () => {
  const scene = new Scene();
  const one = scene.process("one");
  one.ownership.start();
  await one.clock.advance(4_900);
  // Each question waits for an answer, and what is said comes behind what was said before.
  let isAway = true;
  scene.hold = async () => {
    if (!isAway) return;
    await new Promise<void>((resolve) => one.clock.after(5_000, resolve));
    if (isAway) throw new StreamError("unavailable", "timeout");
  };
  for (const seq of [1, 2]) {
    one.ownership.settled("prom", seq);
    void one.ownership.flush();
  }
  await one.clock.advance(12_000);
  assert.equal(one.ownership.isHeld, false);
  isAway = false;
  await one.clock.advance(10_000);
  assert.equal(one.ownership.isHeld, true);
  assert.equal(scene.changes.at(-1), "one has it");
  assert.ok(scene.changes.length > 1);
  await one.ownership.stop();
});

test("a record is read as it was written", () => {
  const cursors = { "prom": 12, "__proto__x": 0 };
  const record = { owner: "a", term: 3, cursors, newestMs: { "prom": 1_700_000_000_000 } };
  assert.deepEqual(recordIn(textOf(record)), record);
  assert.deepEqual(recordIn(textOf({ ...record, stream: "2026" })), { ...record, stream: "2026" });
  // Who wrote it did not say when.
  const before = JSON.stringify({ ...record, newestMs: undefined });
  assert.deepEqual(recordIn(before), { ...record, newestMs: {} });
});

test("how far endpoints have come in another stream of that name says nothing of this one", async () => {
  const scene = new Scene();
  const one = scene.process("one");
  one.ownership.start();
  await one.clock.settle();
  one.ownership.settled("prom", 5);
  // Who wrote it did not know of which stream it was.
  one.ownership.begin("first");
  assert.equal(one.ownership.cursor("prom"), 5);
  await one.ownership.stop();
  assert.deepEqual([scene.record.stream, scene.record.cursors], ["first", { prom: 5 }]);
  const two = scene.process("two");
  two.ownership.start();
  await two.clock.settle();
  two.ownership.begin("first");
  assert.equal(two.ownership.cursor("prom"), 5);
  two.ownership.begin("second");
  assert.equal(two.ownership.cursor("prom"), 0);
  await two.ownership.stop();
  assert.deepEqual([scene.record.stream, scene.record.cursors], ["second", { prom: 0 }]);
});

test("while the servers do not say what became of a record it is not written down, and nothing is thrown", async () => {
  const scene = new Scene();
  const one = scene.process("one");
  one.ownership.start();
  await one.clock.settle();
  one.ownership.settled("prom", 5);
  scene.stream.fault = (step) => step === "replace" ? "lose_answer" : undefined;
  assert.equal(await one.ownership.flush(), false);
  // It was stored, so the next one is a conflict; and now nobody says with what.
  scene.stream.fault = (step) => step === "record" ? "lose" : undefined;
  assert.equal(await one.ownership.flush(), false);
  scene.stream.fault = undefined;
  assert.equal(await one.ownership.flush(), true);
  assert.equal(scene.record.cursors["prom"], 5);
  await one.ownership.stop();
});
