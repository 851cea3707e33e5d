import assert from "node:assert/strict";
import { test } from "node:test";
import { Leases } from "../../src/jetstream/leases.ts";
import { RENEW_MS, TAKE_OVER_MS } from "../../src/jetstream/ownership.ts";
import { SENDERS_RECORD } from "../../src/jetstream/senders.ts";
import { MemoryStream } from "../../src/testing/memory_stream.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

/** A process that wants to send, and gives up what is over as soon as it hears of it. */
function openProcess(stream: MemoryStream, owner: string, partitions: number) {
  let isCut = false;
  const clock = new VirtualClock();
  const leases: Leases = new Leases({
    log: stream.connect(() => isCut),
    clock,
    logger: new MemoryLogger(),
    owner,
    partitions,
    onChange: () => {
      const { held, wanted } = leases;
      void leases.release(held.filter((one) => !wanted.includes(one)));
    },
  });
  const held = (): number[] => leases.held.map(({ partition }) => partition);
  return { leases, clock, held, cut: (isNow: boolean) => isCut = isNow };
}

type Process = ReturnType<typeof openProcess>;

/** Time passes for all of them; at no moment do two have the same. */
async function pass(ms: number, ...processes: readonly Process[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    for (const { clock } of processes) await clock.advance(250);
    const all = processes.flatMap(({ held }) => held());
    assert.equal(new Set(all).size, all.length, "a partition has two owners");
  }
}

const counts = (...processes: readonly Process[]): number[] =>
  processes.map(({ held }) => held().length);

test("one that is alone has all, and those that come get their share", async () => {
  const stream = new MemoryStream();
  const one = openProcess(stream, "one", 32);
  one.leases.start();
  await one.clock.settle();
  assert.deepEqual(counts(one), [32]);
  const two = openProcess(stream, "two", 32);
  two.leases.start();
  await pass(3 * RENEW_MS, one, two);
  assert.deepEqual(counts(one, two), [16, 16]);
  const three = openProcess(stream, "three", 32);
  three.leases.start();
  await pass(4 * RENEW_MS, one, two, three);
  assert.deepEqual(counts(one, two, three).sort(), [10, 11, 11]);
  assert.deepEqual(one.leases.senders, ["one", "three", "two"]);
  for (const { leases } of [one, two, three]) await leases.stop();
});

test("what one had that died is shared out among the others", async () => {
  const stream = new MemoryStream();
  const all = ["one", "two", "three"].map((owner) => openProcess(stream, owner, 8));
  const [one, two, three] = all as [Process, Process, Process];
  for (const { leases } of all) leases.start();
  await pass(5 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all).sort(), [2, 3, 3]);
  three.cut(true);
  await pass(TAKE_OVER_MS + 4 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all), [4, 4, 0]);
  three.cut(false);
  await pass(5 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all).sort(), [2, 3, 3]);
  // One that goes says so, and nobody waits for the end of its term.
  await two.leases.stop();
  await pass(2 * RENEW_MS, one, three);
  assert.deepEqual(counts(one, three), [4, 4]);
  await Promise.all([one.leases.stop(), three.leases.stop()]);
});

test("more processes than partitions: some have none, and are there when one dies", async () => {
  const stream = new MemoryStream();
  const all = ["a", "b", "c"].map((owner) => openProcess(stream, owner, 2));
  for (const { leases } of all) leases.start();
  await pass(4 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all).sort(), [0, 1, 1]);
  const dying = all.find(({ held }) => held().length === 1)!;
  dying.cut(true);
  await pass(TAKE_OVER_MS + 3 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all.filter((one) => one !== dying)), [1, 1]);
  for (const { leases } of all) await leases.stop();
});

test("partitions of which nobody is heard any more count as nobody's", async () => {
  const stream = new MemoryStream();
  const [one, two] = ["one", "two"].map((owner) => openProcess(stream, owner, 4)) as [
    Process,
    Process,
  ];
  for (const { leases } of [one, two]) leases.start();
  await pass(4 * RENEW_MS, one, two);
  const seen = (): unknown => [one, two].map(({ leases }) => [leases.unowned, leases.senders]);
  const all = ["one", "two"];
  assert.deepEqual(seen(), [[0, all], [0, all]]);
  // Its servers are there for the other one alone.
  two.cut(true);
  await pass(TAKE_OVER_MS + 4 * RENEW_MS, one, two);
  assert.deepEqual(seen(), [[0, ["one"]], [4, ["two"]]]);
  // They are gone for both: what each had is nobody's when its lease is over.
  one.cut(true);
  await pass(TAKE_OVER_MS + RENEW_MS, one, two);
  assert.deepEqual(seen(), [[4, ["one"]], [4, ["two"]]]);
  for (const process of [one, two]) process.cut(false);
  await pass(5 * RENEW_MS, one, two);
  assert.deepEqual(seen(), [[0, all], [0, all]]);
  for (const { leases } of [one, two]) await leases.stop();
});

test("servers that answer some calls and lose others make no second owner", async () => {
  const stream = new MemoryStream();
  let turn = 0;
  const all = ["a", "b", "c"].map((owner) => openProcess(stream, owner, 7));
  for (const { leases } of all) leases.start();
  stream.fault = () =>
    ([undefined, undefined, "lose_answer", undefined, "lose"] as const)[++turn % 5];
  await pass(20 * RENEW_MS, ...all);
  stream.fault = undefined;
  await pass(TAKE_OVER_MS + 4 * RENEW_MS, ...all);
  assert.deepEqual(counts(...all).sort(), [2, 2, 3]);
  for (const { leases } of all) await leases.stop();
});

test("a record of senders that is none is written anew", async () => {
  const stream = new MemoryStream();
  stream.replaceRecord(SENDERS_RECORD, '["damaged"', undefined);
  const one = openProcess(stream, "one", 2);
  one.leases.start();
  await one.clock.settle();
  assert.deepEqual(JSON.parse(stream.record(SENDERS_RECORD)!.value), { one: 1 });
  assert.deepEqual(counts(one), [2]);
  await one.leases.stop();
  assert.deepEqual(JSON.parse(stream.record(SENDERS_RECORD)!.value), {});
});
