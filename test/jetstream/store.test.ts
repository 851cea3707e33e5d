import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorableBatch, StreamLog } from "../../src/contracts.ts";
import type { HeldPartition } from "../../src/jetstream/held_partition.ts";
import type { JetStreamStore } from "../../src/jetstream/store.ts";
import { StreamIntake } from "../../src/jetstream/intake.ts";
import { TAKE_OVER_MS, TERM_MS } from "../../src/jetstream/ownership.ts";
import { recordIn, textOf } from "../../src/jetstream/partition_record.ts";
import { recordNameOf, StreamSubjects } from "../../src/jetstream/subjects.ts";
import { removeStrayPieces, STRAY_MS } from "../../src/jetstream/stray_pieces.ts";
import { MemoryStream, type MemoryStreamOptions } from "../../src/testing/memory_stream.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { openStreamHost, type StreamStoreHost } from "../store/stream_host.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { RULES } from "../support/file_queue.ts";

const never = new AbortController().signal;

async function open(options: MemoryStreamOptions = {}) {
  const clock = new VirtualClock();
  const stream = new MemoryStream({ nowMs: () => clock.nowMs(), ...options });
  const host = await openStreamHost({
    stream: "walq",
    clock,
    connect: () => {
      let isCut = false;
      return Promise.resolve({ log: stream.connect(() => isCut), cut: () => isCut = true });
    },
    settle: () => clock.settle(),
    refuseAll: () => {},
    close: () => Promise.resolve(),
  });
  return { clock, stream, host, store: host.store };
}

/** The same, with servers whose calls take their time from when that is said. */
async function openSlow() {
  const clock = new VirtualClock();
  const stream = new MemoryStream({ nowMs: () => clock.nowMs() });
  let callMs = 0;
  const log = stream.connect();
  const late =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (callMs > 0) await new Promise<void>((resolve) => clock.after(callMs, resolve));
      return await call.apply(log, args);
    };
  const slowLog: StreamLog = {
    messageBytesMax: log.messageBytesMax,
    publish: log.publish.bind(log),
    heads: log.heads.bind(log),
    headsNow: log.headsNow.bind(log),
    next: late(log.next),
    read: late(log.read),
    purge: late(log.purge),
    remove: late(log.remove),
    state: late(log.state),
    record: log.record.bind(log),
    replaceRecord: log.replaceRecord.bind(log),
    missingRights: log.missingRights.bind(log),
    close: log.close.bind(log),
  };
  const host = await openStreamHost({
    stream: "walq",
    clock,
    connect: () => Promise.resolve({ log: slowLog, cut: () => {} }),
    settle: () => clock.settle(),
    refuseAll: () => {},
    close: () => Promise.resolve(),
  });
  return { clock, stream, host: { ...host, slow: (ms: number) => callMs = ms } };
}

/** Bytes that differ from place to place, so that pieces in a wrong order are seen. */
function bytesOf(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (first + at * 7) % 251);
}

test("a batch that no message holds is stored in pieces, and comes back whole", async () => {
  const { store, stream, host } = await open({ messageBytesMax: 8 * 1024 });
  const data = bytesOf(30_000, 3);
  await store.append({ batch: fakeBatch(5, data) });
  await store.append({ batch: fakeBatch(1, bytesOf(10, 9)) });
  const subjects = stream.messages.map(({ subject }) => subject.split(".").at(-1));
  assert.equal(subjects.filter((name) => name === "batches").length, 2);
  assert.ok(subjects.filter((name) => name === "pieces").length > 5);
  assert.ok(stream.messages.every(({ bytes }) => bytes <= 8 * 1024));
  const after = await host.crash();
  const lease = (await after.store.next(never))!;
  assert.deepEqual(lease.data, data);
  assert.equal(after.store.totals().signals, 6);
  await after.store.ack(lease.id);
  await after.store.ack((await after.store.next(never))!.id);
  await after.store.keepDeleted();
  assert.deepEqual(stream.messages, []);
});

test("pieces of a batch that was never away from memory go with it, too", async () => {
  const { store, stream } = await open({ messageBytesMax: 8 * 1024 });
  await store.append({ batch: fakeBatch(5, bytesOf(30_000, 3)) });
  await store.ack((await store.next(never))!.id);
  await store.keepDeleted();
  assert.deepEqual(stream.messages, []);
});

test("pieces stay as long as one endpoint needs them", async () => {
  const { host, stream } = await open({ messageBytesMax: 8 * 1024 });
  const other = await host.beside();
  const data = bytesOf(20_000, 3);
  await host.store.append({ batch: fakeBatch(5, data) });
  const after = await host.crash();
  const otherAfter = await after.beside();
  const lease = (await after.store.next(never))!;
  await after.store.ack(lease.id);
  await after.store.keepDeleted();
  const late = (await otherAfter.store.next(never))!;
  assert.deepEqual(late.data, data);
  await otherAfter.store.ack(late.id);
  await otherAfter.store.keepDeleted();
  assert.deepEqual(stream.messages, []);
  assert.equal(other.events.counts().quarantinedTotal, 0);
});

test("pieces whose batch never came are deleted after hours, and no others", async () => {
  const { store, stream, host, clock } = await open({ messageBytesMax: 8 * 1024 });
  const log = stream.connect();
  const subjects = new StreamSubjects("walq");
  await log.publish({ subject: subjects.pieces(0), id: "stray", headers: {}, data: bytesOf(9, 1) });
  await store.append({ batch: fakeBatch(5, bytesOf(20_000, 3)) });
  const count = (): number =>
    stream.messages.filter(({ subject }) => subject === subjects.pieces(0)).length;
  const before = count();
  await clock.advance(STRAY_MS - 60_000);
  assert.equal(await removeStrayPieces({ log, clock, subjects, partition: 0 }, 1), 0);
  await log.publish({ subject: subjects.pieces(0), id: "new", headers: {}, data: bytesOf(9, 2) });
  await clock.advance(120_000);
  assert.equal(await removeStrayPieces({ log, clock, subjects, partition: 0 }, 1), 1);
  assert.equal(count(), before);
  assert.equal((await store.next(never))!.data.length, 20_000);
  await host.close();
});

test("what would take more than 128 messages is refused, with what was wanted", async () => {
  const { store } = await open({ messageBytesMax: 5 * 1024 });
  await assert.rejects(
    store.append({ batch: fakeBatch(5, new Uint8Array(200 * 1024)) }),
    /got 204\d{3} bytes, expected at most 131072: 128 messages of max_payload 5120/,
  );
  assert.equal(store.totals().batches, 0);
});

test("a batch of which nobody heard that it was stored is stored once", async () => {
  const { store, stream } = await open();
  let times = 0;
  stream.fault = (step) => step === "publish" && times++ === 0 ? "lose_answer" : undefined;
  const storable: StorableBatch = { batch: fakeBatch(3) };
  await assert.rejects(store.append(storable), /no answer/);
  await store.append(storable);
  assert.equal(stream.messages.length, 1);
  await store.next(never);
  assert.equal(store.totals().signals, 3);
});

test("two batches with the same content that came one after the other are one", async () => {
  const { store, stream } = await open();
  const first = await store.append({ batch: fakeBatch(3) });
  assert.equal(await store.append({ batch: fakeBatch(3) }), first);
  assert.equal(stream.messages.length, 1);
});

test("a message that somebody deleted is reported, and the rest goes on", async () => {
  const { store, stream, host, clock } = await open();
  const gone = await store.append({ batch: fakeBatch(3, bytesOf(3 * 1024 * 1024, 1)) });
  await store.append({ batch: fakeBatch(2, bytesOf(9, 2)) });
  await clock.settle();
  stream.deleteOne(gone);
  assert.equal((await store.next(never))!.data[0], 2);
  assert.equal(host.events.counts().quarantinedTotal, 1);
  await store.ack(gone + 1);
  const { acceptedTotal, droppedTotal } = host.events.counts();
  // Nothing is left, so what does not add up was of the one that is gone.
  assert.deepEqual([acceptedTotal, droppedTotal.corrupt, store.totals().signals], [5, 3, 0]);
});

test("what another process has deleted, which has the partition meanwhile, is no damage", async () => {
  for (const how of ["it has the record", "it had the record", "the lease ran out"] as const) {
    const { store, stream, host, clock } = await open();
    const gone = await store.append({ batch: fakeBatch(3, bytesOf(3 * 1024 * 1024, 1)) });
    await clock.settle();
    // As one does that found the lease over while this process was stopped: it sends, and deletes.
    const name = recordNameOf(0);
    const take = (owner: string): void => {
      const { value, revision } = stream.record(name)!;
      const record = recordIn(value);
      stream.replaceRecord(name, textOf({ ...record, owner, term: record.term + 1 }), revision);
    };
    if (how === "the lease ran out") clock.suspend(TERM_MS);
    else take("another");
    stream.deleteOne(gone);
    if (how === "it had the record") {
      take("");
      await clock.advance(2 * TAKE_OVER_MS);
      assert.equal((store as JetStreamStore).held[0]!.ownership.isHeld, true);
    }
    await assert.rejects(store.next(never), /a lease is over/);
    assert.equal(host.events.counts().quarantinedTotal, 0, how);
    assert.equal(store.totals().signals, 3);
    await (store as JetStreamStore).detach();
    assert.equal(host.events.counts().handedOverTotal, 3);
  }
});

test("what is deleted while nobody can say whose the partition is waits for that", async () => {
  const { store, stream, host, clock } = await open();
  const gone = await store.append({ batch: fakeBatch(3, bytesOf(3 * 1024 * 1024, 1)) });
  await store.append({ batch: fakeBatch(2, bytesOf(9, 2)) });
  await clock.settle();
  stream.deleteOne(gone);
  stream.fault = (step) => step === "record" ? "lose" : undefined;
  await assert.rejects(store.next(never), /no answer/);
  assert.equal(host.events.counts().quarantinedTotal, 0);
  stream.fault = undefined;
  assert.equal((await store.next(never))!.data[0], 2);
  assert.equal(host.events.counts().quarantinedTotal, 1);
});

test("room is not made by what another process has deleted, which has the partition", async () => {
  const rules = { maxDiskBytes: 3 * 1024 * 1024, onFull: "drop_oldest" } as const;
  const { store, stream, host, clock } = await open();
  const gone = await store.append({ batch: fakeBatch(3, bytesOf(3 * 1024 * 1024, 1)) });
  await store.append({ batch: fakeBatch(2, bytesOf(9, 2)) });
  await clock.settle();
  stream.deleteOne(gone);
  clock.suspend(TERM_MS);
  store.configure({ ...RULES, ...rules });
  await clock.settle();
  assert.equal(host.events.counts().droppedTotal.disk_limit ?? 0, 0);
  assert.equal(store.totals().batches, 2);
});

test("while no server answers a batch comes later, not never", async () => {
  const { store, stream, clock } = await open();
  await store.append({ batch: fakeBatch(3, bytesOf(3 * 1024 * 1024, 1)) });
  await clock.settle();
  stream.fault = (step) => step === "read" ? "lose" : undefined;
  await assert.rejects(store.next(never), /no answer to read/);
  stream.fault = undefined;
  assert.equal((await store.next(never))!.signals, 3);
});

test("the heads are followed again after an outage, none twice and none left out", async () => {
  const { store, stream, clock, host } = await open();
  let calls = 0;
  stream.fault = (step) => step === "heads" && calls++ % 3 === 1 ? "lose" : undefined;
  for (let byte = 0; byte < 20; byte++) {
    await store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  await clock.advance(60_000);
  for (let byte = 0; byte < 20; byte++) {
    assert.equal((await store.next(never))!.data[0], byte);
  }
  assert.equal(host.events.counts().acceptedTotal, 20);
});

test("what has its outcome is deleted when all endpoints have one, and not before it is written down", async () => {
  const { store, stream, host, clock } = await open();
  const other = await host.beside();
  const storable: StorableBatch = { batch: fakeBatch(3) };
  await store.append(storable);
  await other.store.append(storable);
  await store.ack((await store.next(never))!.id);
  await clock.advance(10_000);
  assert.equal(stream.messages.length, 1);
  stream.fault = (step) => step === "replace" ? "lose" : undefined;
  await other.store.ack((await other.store.next(never))!.id);
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 1);
  stream.fault = undefined;
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 0);
});

test("what a process does not have any more is not its own: another one sends it", async () => {
  const { host, clock } = await open();
  const store = host.store as JetStreamStore;
  await store.append({ batch: fakeBatch(3) });
  await clock.settle();
  await store.detach();
  assert.equal(host.events.counts().handedOverTotal, 3);
  assert.deepEqual(store.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
});

/** A store that another process begins on these batches: nothing of them is in its memory. */
async function openOn(batches: number) {
  const before = await open();
  for (let byte = 0; byte < batches; byte++) {
    await before.store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  const host = await before.host.crash();
  const { stream, clock } = before;
  await host.until(() => host.store.totals().batches === batches);
  let reads = 0;
  stream.fault = (step) => {
    if (step === "read") reads++;
    return undefined;
  };
  return { stream, clock, host, store: host.store as JetStreamStore, reads: () => reads };
}

test("what is dropped while it is read ahead is not given", async () => {
  const { store, clock, host, reads } = await openOn(6);
  assert.equal((await store.next(never))!.data[0], 0);
  await clock.settle();
  assert.equal(reads(), 6);
  store.release();
  const { batches } = await store.skip({
    beforeMs: 1,
    isOlder: () => true,
    isDryRun: false,
    signal: never,
  });
  assert.equal(batches, 6);
  assert.equal(host.events.counts().droppedTotal.skipped, 6);
  await store.append({ batch: fakeBatch(1, bytesOf(4, 99)) });
  assert.equal((await store.next(never))!.data[0], 99);
});

test("of what was read ahead nothing is given after a hand-over, and nothing is asked for", async () => {
  const { store, clock, stream, reads } = await openOn(40);
  const { held } = store;
  await store.next(never);
  await clock.settle();
  const before = reads();
  assert.equal(before, 16);
  await store.detach();
  await clock.settle();
  assert.equal(reads(), before);
  // As who has the partition meanwhile does.
  for (const { seq } of stream.messages.slice(0, 10)) stream.deleteOne(seq);
  await store.attach(held);
  await clock.settle();
  assert.equal((await store.next(never))!.data[0], 10);
});

test("a lane asks for nothing ahead that another one is to give", async () => {
  const { store, clock, stream, reads } = await openOn(20);
  const split = stream.messages[3]!.seq;
  store.giveBelow(split);
  const lane = store.lane(split);
  await store.next(never);
  await clock.settle();
  assert.equal(reads(), 3);
  assert.equal((await lane.next(never))!.data[0], 3);
  await clock.settle();
  assert.equal(reads(), 3 + 16);
});

test("between gaps that others left, what a server that lags leaves out is told in order", async () => {
  const { store, stream, host, clock } = await open();
  const log = stream.connect();
  const subjects = new StreamSubjects("walq");
  const other = new StreamIntake(log, subjects, Math.random);
  stream.lags = ({ seq }) => seq % 4 === 0;
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  for (let byte = 0; byte < 60; byte++) {
    await store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
    const { seq } = await other.publish({ batch: fakeBatch(2, bytesOf(4, byte)), partition: 1 });
    if (byte % 3 > 0) await log.remove(seq);
  }
  stream.fault = undefined;
  await clock.advance(60_000);
  for (let byte = 0; byte < 60; byte++) assert.equal((await store.next(never))!.data[0], byte);
  assert.equal(host.events.counts().acceptedTotal, 60);
});

/** What a store gives from now on, while there is something. */
async function allOf(store: JetStreamStore): Promise<number[]> {
  const signals: number[] = [];
  while (store.pending.batches > signals.length) signals.push((await store.next(never))!.signals);
  return signals;
}

/** One that has sent five batches, of which nothing is left. */
async function openAfterFive() {
  const opened = await open();
  const store = opened.host.store as JetStreamStore;
  for (let byte = 0; byte < 5; byte++) {
    await store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  for (let acked = 0; acked < 5; acked++) await store.ack((await store.next(never))!.id);
  return { ...opened, store };
}

/** As another process does. */
async function publishBeside(stream: MemoryStream, ...all: readonly number[]): Promise<void> {
  const intake = new StreamIntake(stream.connect(), new StreamSubjects("walq"), Math.random);
  for (const signals of all) {
    await intake.publish({ batch: fakeBatch(signals, bytesOf(4, 100 + signals)) });
  }
}

/** What it gives when it is attached once more. */
async function givenAnew(store: JetStreamStore, clock: VirtualClock): Promise<number[]> {
  const { held } = store;
  await store.detach();
  await store.attach(held);
  await clock.settle();
  return await allOf(store);
}

/** The servers answer again: it finds out that they went back, and gives what has the numbers now. */
async function findsOut(
  { host, stream, clock }: Omit<Awaited<ReturnType<typeof open>>, "store">,
  given: readonly number[],
): Promise<void> {
  stream.fault = undefined;
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual(await givenAnew(host.store as JetStreamStore, clock), given);
}

test("servers that have lost what they had acknowledged are found out, and what has its numbers is sent", async () => {
  const { host, store, stream, clock } = await openAfterFive();
  await store.append({ batch: fakeBatch(6, bytesOf(4, 6)) });
  await clock.advance(1_000);
  stream.goBack(3);
  await publishBeside(stream, 7, 8);
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual(await givenAnew(store, clock), [7, 8]);
});

test("of servers that have lost more than is remembered all that has its numbers is sent", async () => {
  const { host, stream, clock } = await open();
  const store = host.store as JetStreamStore;
  const intake = new StreamIntake(stream.connect(), new StreamSubjects("walq"), Math.random);
  for (let at = 0; at < 4200; at++) {
    await intake.publish({ batch: fakeBatch(1, Uint8Array.of(at & 255, at >> 8)) });
  }
  await clock.settle();
  for (let at = 0; at < 4199; at++) await store.ack((await store.next(never))!.id);
  await clock.advance(1_000);
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  stream.interrupt();
  await clock.advance(1_000);
  // Less than 4096 are left of those that were met.
  stream.goBack(50);
  await publishBeside(stream, 7, 8);
  stream.fault = undefined;
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual(await givenAnew(store, clock), [7, 8]);
});

const NINE = [11, 12, 13, 14, 15, 16, 17, 18, 19];

test("of a stream that was deleted and made again all is sent, and what was pending is counted as lost", async () => {
  const { host, store, stream, clock } = await openAfterFive();
  await store.append({ batch: fakeBatch(5, bytesOf(4, 5)) });
  await store.append({ batch: fakeBatch(6, bytesOf(4, 6)) });
  const { id } = (await store.next(never))!;
  await clock.advance(1_000);
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  stream.makeAnew();
  // As many as there were, and more: by its numbers alone nobody sees it.
  await publishBeside(stream, ...NINE);
  await store.ack(id);
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 9, "nothing is deleted by the numbers of before");
  stream.fault = undefined;
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  await store.keepDeleted();
  const given = await givenAnew(store, clock);
  assert.equal(host.events.counts().droppedTotal.corrupt, 6);
  assert.deepEqual(given, NINE);
});

test("while it is not known what numbers mean nothing is deleted by them", async () => {
  const { host, store, stream, clock } = await openAfterFive();
  await store.append({ batch: fakeBatch(5, bytesOf(4, 5)) });
  await store.append({ batch: fakeBatch(6, bytesOf(4, 6)) });
  const { id } = (await store.next(never))!;
  await clock.advance(1_000);
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  stream.goBack(3);
  stream.interrupt();
  await publishBeside(stream, ...NINE);
  await store.ack(id);
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 9);
  await findsOut({ host, stream, clock }, NINE);
});

test("after an outage of which only questions tell nothing is deleted before it is looked at again", async () => {
  const { host, stream, clock } = await open();
  const store = host.store as JetStreamStore;
  await publishBeside(stream, 1, 2, 3, 4, 5);
  await clock.settle();
  const ids = [];
  for (let taken = 0; taken < 5; taken++) ids.push((await store.next(never))!.id);
  // Who follows waits, and hears nothing of it.
  stream.fault = () => "lose";
  for (const id of ids) await store.ack(id);
  await clock.advance(8_000);
  stream.goBack(2);
  stream.fault = undefined;
  await publishBeside(stream, ...NINE);
  await clock.advance(30_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual(await givenAnew(store, clock), NINE);
});

test("what has the number of a batch after an outage is not given for it, nor what is another process's", async () => {
  const { host, stream, clock } = await open();
  const store = host.store as JetStreamStore;
  const other = new StreamIntake(stream.connect(), new StreamSubjects("walq"), Math.random);
  const put = async (partition: number, signals: number): Promise<void> => {
    await other.publish({ batch: fakeBatch(signals, Uint8Array.of(signals)), partition });
  };
  for (const signals of [1, 2, 3, 4, 5, 6]) await put(0, signals);
  await clock.advance(3_000);
  stream.fault = () => "lose";
  await clock.advance(8_000);
  stream.goBack(2);
  stream.fault = undefined;
  for (const signals of [50, 51, 52]) await put(1, signals);
  await put(0, 60);
  assert.deepEqual([(await store.next(never))!.signals, (await store.next(never))!.signals], [
    1,
    2,
  ]);
  await assert.rejects(store.next(never), /numbers of the stream mean something else/);
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  await assert.rejects(store.next(never), /numbers of the stream mean something else/);
  assert.deepEqual(await givenAnew(store, clock), [1, 2, 60]);
});

test("what an endpoint that is not here has had is given to it, too, when its numbers are given again", async () => {
  const { host, store, stream, clock } = await openAfterFive();
  const [{ ownership }] = store.held as [HeldPartition];
  ownership.settled("gone", 5);
  await clock.advance(5_000);
  stream.goBack(3);
  stream.interrupt();
  await publishBeside(stream, 7, 8);
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual([ownership.cursor("one"), ownership.cursor("gone")], [3, 3]);
  assert.deepEqual(await givenAnew(store, clock), [7, 8]);
  for (const id of [4, 5]) await store.ack(id);
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 2, "the other one has had none of them");
});

test("one that decides and is behind for a moment has lost nothing", async () => {
  const { host, store, stream, clock } = await openAfterFive();
  await clock.advance(5_000);
  const { held } = store;
  await store.detach();
  const state = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(stream), "state")!.get!;
  Object.defineProperty(stream, "state", {
    configurable: true,
    get: () => ({ ...state.call(stream), lastSeq: 2 }),
  });
  await assert.rejects(store.attach(held), /the server that decides is behind/);
  Reflect.deleteProperty(stream, "state");
  await store.attach(held);
  assert.equal(held[0]!.ownership.cursor("one"), 5);
  await clock.advance(5_000);
  assert.equal(host.wentBack(), 0);
});

for (const callMs of [400, 3_000]) {
  test(`servers whose answers take ${callMs} ms are believed, beside a backlog of another one`, async () => {
    const { clock, stream, host } = await openSlow();
    const store = host.store as JetStreamStore;
    await host.beside();
    for (let at = 0; at < 600; at++) {
      await store.append({ batch: fakeBatch(1, Uint8Array.of(at & 255, at >> 8)) });
    }
    for (let at = 0; at < 600; at++) await store.ack((await store.next(never))!.id);
    await clock.advance(10_000);
    host.slow(callMs);
    stream.interrupt();
    let acked = 0;
    const done = (async () => {
      for (; acked < 60; acked++) await store.ack((await store.next(never))!.id);
    })();
    for (let at = 0; at < 60; at++) {
      await publishBeside(stream, 1000 + at);
      await clock.advance(1_000);
    }
    assert.ok(await clock.advanceUntil(() => acked === 60, 120_000), `${acked} of 60`);
    await done;
    assert.equal(host.wentBack(), 0);
  });
}

test("pieces whose deletion failed are not deleted by numbers that may mean something else", async () => {
  const { host, stream, clock } = await open({ messageBytesMax: 16_384 });
  const store = host.store as JetStreamStore;
  await store.append({ batch: fakeBatch(2, bytesOf(100_000, 1)) });
  stream.fault = (step) => step === "remove" ? "lose" : undefined;
  await store.ack((await store.next(never))!.id);
  await clock.advance(2_000);
  assert.ok(stream.messages.length > 5);
  stream.fault = (step) => step === "remove" || step === "heads" ? "lose" : undefined;
  stream.goBack(0);
  stream.interrupt();
  await publishBeside(stream, ...NINE);
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  await clock.advance(5_000);
  assert.equal(stream.messages.length, 9);
  await findsOut({ host, stream, clock }, NINE);
});

test("a stream that was made again is found out by one that had not looked into it before", async () => {
  const { host: before, store: sent, stream, clock } = await openAfterFive();
  await sent.keepDeleted();
  const host = await before.crash() as StreamStoreHost;
  const store = host.store as JetStreamStore;
  stream.makeAnew();
  await publishBeside(stream, ...NINE);
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
  assert.deepEqual(await givenAnew(store, clock), NINE);
});

test("numbers that were given again while nobody looked are found out when the stream is followed anew", async () => {
  const { host, stream, clock } = await open();
  const store = host.store as JetStreamStore;
  for (let byte = 0; byte < 5; byte++) {
    await store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  await clock.settle();
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  stream.goBack(3);
  const intake = new StreamIntake(stream.connect(), new StreamSubjects("walq"), Math.random);
  for (let byte = 10; byte < 15; byte++) {
    await intake.publish({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  stream.fault = undefined;
  stream.interrupt();
  await clock.advance(20_000);
  assert.equal(host.wentBack(), 1);
});

for (const isKept of [false, true]) {
  const what = isKept ? "beside much that another one needs" : "where nothing is left";
  test(`numbers that were given again before anybody looked are found out, ${what}`, async () => {
    const { host: before, store, stream, clock } = await openAfterFive();
    if (isKept) await before.beside();
    for (let byte = 0; byte < 60; byte++) {
      await store.append({ batch: fakeBatch(1, bytesOf(4, 100 + byte)) });
    }
    for (let acked = 0; acked < 60; acked++) await store.ack((await store.next(never))!.id);
    await clock.advance(5_000);
    assert.equal(stream.messages.length, isKept ? 65 : 0);
    stream.goBack(40);
    const others = Array.from({ length: 30 }, (_, at) => 11 + at);
    await publishBeside(stream, ...others);
    const host = await before.crash() as StreamStoreHost;
    await clock.advance(20_000);
    assert.deepEqual(await allOf(host.store as JetStreamStore), others);
    assert.equal(host.wentBack(), 0, "nothing was followed before it was known");
  });
}

test("what a server that lags leaves out is told all the same, also when nothing comes behind it", async () => {
  const { store, stream, clock, host } = await open();
  let isBehind = true;
  stream.lags = ({ seq }) => isBehind && seq % 3 !== 0;
  for (let byte = 0; byte < 7; byte++) {
    await store.append({ batch: fakeBatch(1, bytesOf(4, byte)) });
  }
  await clock.settle();
  // The seventh is the last one, and nobody tells it.
  assert.equal(store.totals().batches, 6);
  isBehind = false;
  await clock.advance(20_000);
  for (let byte = 0; byte < 7; byte++) assert.equal((await store.next(never))!.data[0], byte);
  assert.equal(host.events.counts().acceptedTotal, 7);
  assert.equal(host.wentBack(), 0);
});
