/** What else may happen while there are two lanes: nothing is lost, nothing counted twice, each lane stays in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Dice } from "../simulation/dice.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { LateReceiver } from "./late_receiver.ts";
import {
  EVERY_MS,
  HOUR_MS,
  INCOMING,
  MINUTE_MS,
  openAndLose,
  outage,
  overtakers,
  partings,
  SERIES,
  SMALL,
  Stream,
} from "./late_stream.ts";
import { CONTENT } from "./support.ts";

const WAL = "/data/one/wal";

/** Ten minutes after which there are two lanes. */
async function withTwoLanes(stream: Stream, rate: number = 2): Promise<void> {
  await openAndLose(stream, rate * INCOMING, 10 * MINUTE_MS);
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
}

/** Batches that wait, so large that none that comes after them is kept in memory. */
async function fillMemory({ rig }: Stream): Promise<void> {
  const dice = new Dice(1);
  const letter = (): number => dice.between(33, 126);
  const word = (length: number): string =>
    String.fromCharCode(...Array.from({ length }, () => letter()));
  for (let bytes = 2 ** 20; bytes >= 64; bytes /= 2) {
    for (let time = 0; time < 2; time++) {
      const count = Math.ceil(bytes / 50_000);
      const series = Array.from({ length: count }, (_, at) => {
        const name = `large_${bytes}_${time}_${at}`;
        const labels = { __name__: name, word: word(Math.ceil(bytes / count)) };
        return wireSeries(labels, rig.nowMs(), time);
      });
      await rig.wait(rig.queue.write(encodeRequest(series), CONTENT));
    }
  }
}

async function sendAll(stream: Stream): Promise<void> {
  await stream.run(2 * HOUR_MS, () => stream.state.lanes === undefined);
  await stream.rig.drain();
  stream.rig.checkSum();
}

/** Each series in order but where the lanes parted. Returns what never came, by series. */
function checkArrivals(stream: Stream, receiver: LateReceiver = stream.receiver): number[][] {
  return stream.firstArrivals(receiver).map((values, at) => {
    const before = overtakers(values);
    assert.ok(before.length <= partings(stream), `s${at}: ${before} overtook`);
    const came = new Set(values);
    const all = Array.from({ length: stream.nextValue }, (_, value) => value);
    return all.filter((value) => !came.has(value));
  });
}

/** The same of all series, where whole batches are missing. */
function checkMissing(stream: Stream, receiver?: LateReceiver): number[] {
  const [first, ...more] = checkArrivals(stream, receiver);
  for (const one of more) assert.deepEqual(one, first);
  return first!;
}

/** What came back to the queue after it was sent: it is counted as accepted again. */
function sentAgain({ state, nextValue }: Stream): number {
  return state.acceptedTotal - nextValue * SERIES;
}

/** Nothing came twice, and as much as was counted. */
function checkCounts({ receiver: { arrivals }, state }: Stream): void {
  const different = new Set(arrivals.map(({ series, value }) => `${series} ${value}`));
  assert.equal(different.size, arrivals.length);
  assert.equal(state.deliveredTotal, arrivals.length);
}

test("a full disk: what is dropped is the oldest that waits, and it is counted", async () => {
  const stream = new Stream({ ...SMALL, maxDiskBytes: "15KB" } as Partial<EndpointOptions>);
  const { receiver } = stream;
  await withTwoLanes(stream);
  const before = stream.state.droppedTotal.disk_limit;
  assert.ok(before > 0, "the outage filled the disk");
  // A little more comes in than the endpoint takes: what is new waits, but not for long.
  receiver.rate = 0.9 * INCOMING;
  await stream.run(4 * MINUTE_MS);
  const { lanes, droppedTotal } = stream.state;
  assert.ok(lanes !== undefined && droppedTotal.disk_limit > before);
  const seen = stream.nextValue;
  receiver.rate = 3 * INCOMING;
  await sendAll(stream);
  const missing = checkArrivals(stream).flat();
  const { disk_limit: dropped } = stream.state.droppedTotal;
  // Of what was sent in part and dropped then all is counted as dropped.
  assert.ok(dropped >= missing.length && dropped <= missing.length + sentAgain(stream));
  // What came in last was never the oldest.
  assert.ok(Math.max(...missing) < seen - 30_000 / EVERY_MS, `${Math.max(...missing)} of ${seen}`);
});

test("a damaged file in each lane: it alone is set aside, and both lanes go on", async () => {
  const stream = new Stream({ ...SMALL, freshFirstAfter: "5m" });
  const { rig, receiver } = stream;
  await openAndLose(stream, 2 * INCOMING, 10 * MINUTE_MS);
  // What was written last is not read back as long as there is room for it in memory.
  const { script } = rig.platform.http;
  await rig.crash();
  rig.platform.http.script = script;
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  // Too short to be an outage: what comes in waits in the fresh lane, and first in its requests.
  receiver.isDown = true;
  await stream.run(12 * EVERY_MS);
  await fillMemory(stream);
  const fresh = stream.state.batchIdWritten + 1;
  await stream.run(3 * EVERY_MS);
  const ids = (await rig.files()).map((name) => Number.parseInt(name)).sort((a, b) => a - b);
  const { firstFreshId } = stream.state.lanes!;
  const waiting = ids.filter((id) => id < firstFreshId);
  const damaged = [waiting[Math.floor(waiting.length / 2)]!, ids.at(-1)!];
  assert.ok(damaged[1]! >= fresh);
  for (const id of damaged) {
    const path = `${WAL}/${id}.committed`;
    const bytes = rig.platform.files.peek(path)!.slice();
    bytes[bytes.length - 9]! ^= 0x55;
    rig.platform.files.plant(path, bytes);
  }
  receiver.isDown = false;
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  await sendAll(stream);
  const missing = checkMissing(stream);
  assert.equal(stream.state.quarantinedTotal, 2);
  assert.equal(stream.state.droppedTotal.corrupt, missing.length * SERIES);
  // In the outage five samples of each series come at once.
  assert.equal(missing.length, 5 + 1);
  assert.equal(partings(stream), 1);
});

test("429 with Retry-After: both lanes wait for as long, and what is new leaves first again", async () => {
  const stream = new Stream();
  const { rig, receiver } = stream;
  await withTwoLanes(stream);
  const sinceMs = rig.nowMs();
  let asked = 0;
  receiver.instead = () => {
    asked++;
    return Promise.resolve(makeAnswer(429, "slow down", { "retry-after": "10" }));
  };
  const before = receiver.arrivals.length;
  await stream.run(16_000);
  receiver.instead = () => undefined;
  // Twice at most by each shard of each lane.
  assert.ok(asked > 0 && asked <= 2 * 2 * stream.state.shards, `${asked}`);
  // What was under way before is answered.
  const taken = receiver.arrivals.slice(before);
  assert.ok(taken.every(({ atMs }) => atMs < sinceMs + EVERY_MS));
  assert.ok(stream.state.lanes !== undefined);
  assert.ok(stream.state.retried429Total > 0);
  const { length } = receiver.arrivals;
  await stream.run(MINUTE_MS);
  const first = receiver.arrivals.slice(length, length + SERIES);
  const fresh = first.filter(({ timestampMs }) => timestampMs > sinceMs - 2 * EVERY_MS);
  assert.ok(fresh.length > SERIES / 4, `${fresh.length} of the first ones are fresh`);
  await sendAll(stream);
  assert.deepEqual(checkMissing(stream), []);
  checkCounts(stream);
});

test("killed three times in the midst: all arrives, in order but where the lanes parted", async () => {
  const stream = new Stream();
  const { rig } = stream;
  await withTwoLanes(stream);
  let doubled = 0;
  for (let time = 0; time < 3; time++) {
    const { script } = rig.platform.http;
    const pending = rig.pending();
    await rig.crash();
    // Of batches that were sent in part all is sent again, and what was under way.
    doubled += rig.pending() - pending + 2 * stream.state.shards * SMALL.batchCountMax;
    rig.platform.http.script = script;
    assert.equal(stream.state.lanes, undefined);
    // Not at the same moment of what comes in.
    await rig.platform.time.advance(700 * time);
    await stream.run(MINUTE_MS);
    assert.ok(stream.state.lanes !== undefined);
  }
  await sendAll(stream);
  assert.deepEqual(checkMissing(stream), []);
  assert.equal(partings(stream), 4);
  // Twice comes no more than what was under way.
  const { length } = stream.receiver.arrivals;
  const twice = length - stream.nextValue * SERIES;
  assert.ok(twice >= 0 && twice <= doubled, `${twice} came twice`);
});

test("a refusal in the midst of the backlog: strict order, and each sample arrived or is kept", async () => {
  const stream = new Stream();
  const { receiver } = stream;
  await withTwoLanes(stream);
  // What is older than that is lost to this receiver, in whatever order it comes.
  receiver.windowMs = 6 * MINUTE_MS;
  await stream.run(10_000);
  assert.equal(stream.state.lanes, undefined);
  assert.match(stream.state.orderRefusal ?? "", /too old sample/);
  await stream.run(HOUR_MS, () => stream.state.pendingBatches <= 1);
  await sendAll(stream);
  const missing = checkArrivals(stream).flat();
  const { droppedTotal, rejectedKeptTotal } = stream.state;
  assert.ok(missing.length > 0 && missing.length < SERIES * 5 * MINUTE_MS / EVERY_MS);
  // Of batches that were sent in part when the order changed all is sent again, and counted again.
  const { rejected } = droppedTotal;
  assert.ok(rejected >= missing.length && rejected <= missing.length + sentAgain(stream));
  assert.equal(rejectedKeptTotal, rejected);
  const refused = new Set(receiver.refused.map(({ series, value }) => `${series} ${value}`));
  assert.ok(refused.size >= missing.length);
});

for (const drained of ["the endpoint with two lanes", "another one into it"] as const) {
  test(`an orphan is drained while there are two lanes: ${drained}`, async () => {
    const more = { ...SMALL, sendOrder: "fresh_first" } as const;
    const endpoints = ["one", "two"].map((name) => ({ ...more, name, url: `http://${name}/` }));
    const stream = new Stream(SMALL, { endpoints } as Partial<QueueOptions>);
    const { rig } = stream;
    const receivers = { one: stream.receiver, two: new LateReceiver(rig) };
    rig.platform.http.script = (request) =>
      receivers[new URL(request.url).hostname as "one" | "two"].answer(request);
    const [gone, stays] = drained === "the endpoint with two lanes"
      ? ["one", "two"] as const
      : ["two", "one"] as const;
    for (const one of Object.values(receivers)) one.rate = 2 * INCOMING;
    await rig.open();
    await stream.run(MINUTE_MS);
    receivers.two.isDown = true;
    await outage(stream, 10 * MINUTE_MS);
    receivers.two.isDown = gone === "two";
    await stream.run(MINUTE_MS);
    const laneOf = (name: string) =>
      rig.queue.stats().endpoints.find((one) => one.name === name)!.lanes;
    assert.ok(laneOf("one") !== undefined);
    const rest = { ...rig.options, endpoints: endpoints.filter(({ name }) => name === stays) };
    await rig.wait(rig.queue.update({ ...rest, drainOrphans: { [gone]: stays } }));
    await stream.run(2 * HOUR_MS, () => rig.queue.stats().orphans.length === 0);
    assert.deepEqual(rig.queue.stats().orphans, []);
    await stream.run(MINUTE_MS);
    await sendAll(stream);
    assert.deepEqual(await rig.files(gone), []);
    assert.deepEqual(checkMissing(stream, receivers[stays]), []);
  });
}
