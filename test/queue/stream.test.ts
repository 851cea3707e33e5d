/** A queue whose batches are in a stream, by itself and with others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WalqError } from "../../src/errors.ts";
import { markedStream } from "../../src/stream_mark.ts";
import type { QueueOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const URL = "nats://nats-1/walq";

function optionsOf(more: Partial<QueueOptions> = {}): QueueOptions {
  return {
    dataPath: "/data",
    store: { url: URL, partitions: 4 },
    persistence: { groupCommitInterval: "1ms" },
    endpoints: [{ name: "one", url: "http://one/write", flushInterval: "10ms" }],
    ...more,
  };
}

/** Hosts that have the time and the servers of streams in common. */
class Scene {
  readonly first = new MemoryPlatform();
  readonly logger = new MemoryLogger();

  get time() {
    return this.first.time;
  }

  async open(options: QueueOptions, platform = new MemoryPlatform({}, this.first)): Promise<Queue> {
    return await this.done(Queue.open(options, { platform, logger: this.logger }));
  }

  /** What is called, when as much time has passed as it takes. */
  async done<Result>(call: Promise<Result>): Promise<Result> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    call.then(over, over);
    await this.time.advanceUntil(() => isOver, 60_000);
    return await call;
  }

  async put(queue: Queue, ...values: readonly number[]): Promise<void> {
    const appender = queue.appender();
    for (const value of values) {
      appender.append({ __name__: "value", path: `/${value}` }, this.time.nowMs(), value);
    }
    await this.done(appender.commit({ durable: true }));
  }
}

const delivered = (queue: Queue): number => queue.stats().endpoints[0]!.deliveredTotal;

test("what one process takes in another one sends, and both say what they do", async () => {
  const scene = new Scene();
  const intake = await scene.open(optionsOf({ store: { url: URL, partitions: 4, sends: false } }));
  await scene.put(intake, 1, 2, 3);
  const sender = await scene.open(optionsOf());
  await scene.time.advanceUntil(() => delivered(sender) === 3, 60_000);
  assert.equal(delivered(sender), 3);
  assert.equal(delivered(intake), 0);
  const { stream } = sender.stats();
  assert.deepEqual([stream?.stream, stream?.sends, stream?.sent, stream?.unowned], [
    "walq",
    true,
    [0, 1, 2, 3],
    0,
  ]);
  assert.deepEqual(intake.stats().stream?.sent, []);
  const { acceptedTotal, handedOverTotal } = sender.stats().endpoints[0]!;
  assert.deepEqual([acceptedTotal, handedOverTotal], [3, 0]);
  await scene.done(Promise.all([intake.close(), sender.close()]));
  // How far it came was written down at the end.
  const left = scene.first.streams.get("walq")!.messages.filter(({ subject }) =>
    subject.endsWith("batches")
  );
  assert.equal(left.length, 0);
});

test("an intake without endpoints stores what it acknowledges", async () => {
  const scene = new Scene();
  const store = { url: URL, partitions: 2, sends: false };
  const intake = await scene.open(optionsOf({ store, endpoints: [] }));
  await scene.put(intake, 1);
  assert.equal(scene.first.streams.get("walq")!.messages.length, 1);
  await scene.done(intake.close());
});

test("when the servers do not take it a commit is refused, and comes again", async () => {
  const scene = new Scene();
  const queue = await scene.open(optionsOf());
  const stream = scene.first.streams.get("walq")!;
  stream.fault = (step) => step === "publish" ? "fill" : undefined;
  await assert.rejects(
    scene.put(queue, 1),
    (error: WalqError) => error.code === "STORAGE" && /no room/.test(error.message),
  );
  assert.equal(queue.stats().storeFailing, true);
  assert.match(queue.stats().storeFailure!.lastError, /no room/);
  assert.equal(queue.stats().endpoints[0]!.storeErrorsTotal, 1);
  stream.fault = undefined;
  await scene.put(queue, 1);
  assert.equal(queue.stats().storeFailing, false);
  assert.equal(queue.stats().storeFailure, undefined);
  await scene.time.advanceUntil(() => delivered(queue) === 1, 60_000);
  await scene.done(queue.close());
});

test("a stream that was deleted and made again is begun anew, for each endpoint", async () => {
  const scene = new Scene();
  let isDown = false;
  const platform = new MemoryPlatform({
    script: ({ url }) => makeAnswer(isDown && url.startsWith("http://two") ? 503 : 204),
  }, scene.first);
  const endpoints = ["one", "two"].map((name) => ({
    name,
    url: `http://${name}/write`,
    flushInterval: "10ms",
  }));
  const queue = await scene.open(optionsOf({ endpoints }), platform);
  const all = () => queue.stats().endpoints.map(({ deliveredTotal }) => deliveredTotal);
  for (let value = 0; value < 20; value++) await scene.put(queue, value);
  await scene.time.advanceUntil(() => all().every((count) => count === 20), 60_000);
  isDown = true;
  await scene.put(queue, 20, 21);
  await scene.time.advanceUntil(() => all()[0] === 22, 60_000);
  const stream = scene.first.streams.get("walq")!;
  stream.fault = (step) => step === "heads" ? "lose" : undefined;
  stream.makeAnew();
  for (let value = 30; value < 60; value++) await scene.put(queue, value);
  stream.fault = undefined;
  isDown = false;
  await scene.time.advanceUntil(() => all().every((count) => count >= 50), 120_000);
  for (const endpoint of queue.stats().endpoints) {
    const { acceptedTotal, droppedTotal, handedOverTotal, pendingSignals } = endpoint;
    const dropped = Object.values(droppedTotal).reduce((sum, count) => sum + count, 0);
    const sum = endpoint.deliveredTotal + dropped + handedOverTotal + pendingSignals;
    assert.equal(acceptedTotal, sum, endpoint.name);
  }
  await scene.done(queue.close());
  assert.equal(stream.messages.filter(({ subject }) => subject.endsWith("batches")).length, 0);
});

test("servers that go back again and again are followed with pauses, and all that stays is sent", async () => {
  const scene = new Scene();
  const queue = await scene.open(optionsOf());
  const stream = scene.first.streams.get("walq")!;
  const found = (): number =>
    scene.logger.lines.filter((line) => /servers have lost messages/.test(line)).length;
  for (let lost = 0; lost < 120; lost++) {
    await scene.put(queue, lost);
    await scene.time.advance(200);
    stream.goBack(stream.state.lastSeq - 1);
    stream.interrupt();
    await scene.time.advance(300);
  }
  // After nothing, 1, 2, 4, 8, 16 and 30 seconds.
  assert.ok(found() > 2 && found() <= 8, `${found()} times in a minute`);
  const before = delivered(queue);
  await scene.put(queue, 1000);
  assert.ok(await scene.time.advanceUntil(() => delivered(queue) > before, 60_000));
  await scene.done(queue.close());
});

test("who is not told what is in the stream says so, until he is", async () => {
  const scene = new Scene();
  const queue = await scene.open(optionsOf());
  const stream = scene.first.streams.get("walq")!;
  const trouble = (): string | undefined => queue.stats().stream?.notFollowed;
  await scene.time.advance(60_000);
  assert.equal(trouble(), undefined);
  stream.fault = (step) => step === "heads" ? "refuse" : undefined;
  stream.interrupt();
  await scene.put(queue, 1);
  await scene.time.advance(20_000);
  assert.equal(trouble(), undefined, "what is over soon is none");
  await scene.time.advance(40_000);
  assert.match(trouble()!, /heads was refused/);
  assert.equal(delivered(queue), 0);
  stream.fault = undefined;
  await scene.time.advance(20_000);
  assert.equal(trouble(), undefined);
  assert.equal(delivered(queue), 1);
  stream.fault = (step) => step === "heads" ? "refuse" : undefined;
  stream.interrupt();
  await scene.time.advance(60_000);
  assert.match(trouble()!, /heads was refused/);
  stream.fault = undefined;
  // Also where nothing comes.
  await scene.time.advance(20_000);
  assert.equal(trouble(), undefined);
  await scene.done(queue.close());
});

test("batches in files that nobody would send are a reason not to begin", async () => {
  const scene = new Scene();
  const platform = new MemoryPlatform({ script: () => makeAnswer(503) }, scene.first);
  platform.http.script = () => makeAnswer(503);
  const { store: _store, ...files } = optionsOf();
  const before = await scene.open(files, platform);
  await scene.put(before, 1);
  await scene.done(before.close());
  await assert.rejects(
    scene.open(optionsOf(), platform),
    (error: WalqError) =>
      error.code === "INVALID_OPTIONS" &&
      /got 1 batches in files below "\/data\/one"/.test(error.message),
  );
});

test("the data path says which stream the batches are in, until they are in files", async () => {
  const scene = new Scene();
  const platform = new MemoryPlatform({}, scene.first);
  const { store: _store, ...files } = optionsOf();
  const marked = () => markedStream(platform.files, "/data");
  for (const url of [URL, "nats://nats-1/other"]) {
    await scene.done((await scene.open(optionsOf({ store: { url } }), platform)).close());
    assert.equal(await marked(), url.replace("nats-1", "nats-1:4222"));
  }
  await scene.done((await scene.open(files, platform)).close());
  assert.equal(await marked(), undefined);
});

test("what an endpoint of before has not had stays, is reported, and goes when that is said", async () => {
  const scene = new Scene();
  const platform = new MemoryPlatform({}, scene.first);
  platform.http.script = ({ url }) => makeAnswer(url.includes("two") ? 503 : 204);
  const two = { name: "two", url: "http://two/write", flushInterval: "10ms" };
  const [one] = optionsOf().endpoints;
  const queue = await scene.open(optionsOf({ endpoints: [one!, two] }), platform);
  await scene.put(queue, 1);
  await scene.time.advanceUntil(() => delivered(queue) === 1, 60_000);
  const left = (): number =>
    scene.first.streams.get("walq")!.messages.filter(({ subject }) => subject.endsWith("batches"))
      .length;
  await scene.time.advance(10_000);
  assert.equal(left(), 1);
  await scene.done(queue.update(optionsOf()));
  await scene.time.advance(10_000);
  assert.deepEqual([left(), queue.stats().stream?.keptFor], [1, ["two"]]);
  assert.ok(scene.logger.lines.some((line) => line.includes("no endpoint has this name")));
  await scene.done(queue.update(optionsOf({ forgetOrphans: ["two"] })));
  await scene.put(queue, 2);
  await scene.time.advance(10_000);
  assert.deepEqual([left(), queue.stats().stream?.keptFor], [0, []]);
  await scene.done(queue.close());
});

test("that nobody can say any more who sends is counted, and said once with the reason", async () => {
  const scene = new Scene();
  const queue = await scene.open(optionsOf());
  await scene.time.advanceUntil(() => queue.stats().stream?.sent.length === 4, 10_000);
  const stream = scene.first.streams.get("walq")!;
  stream.fault = (step) => step === "replace" || step === "record" ? "lose" : undefined;
  await scene.time.advance(60_000);
  const { sent, unowned } = queue.stats().stream!;
  assert.deepEqual([sent, unowned], [[], 4]);
  const lines = scene.logger.lines.filter((line) => line.includes("partitions were lost"));
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(
    lines[0]!,
    /^warn .*"0,1,2,3".*its lease was not renewed for 15 s","error":"no answer/,
  );
  stream.fault = undefined;
  await scene.time.advance(20_000);
  assert.deepEqual(queue.stats().stream?.unowned, 0);
  await scene.done(queue.close());
});

test("who stands by says why it does not skip, and takes over when the other one dies", async () => {
  const scene = new Scene();
  const [a, b] = [new MemoryPlatform({}, scene.first), new MemoryPlatform({}, scene.first)];
  const store = { url: URL, partitions: 1 };
  const first = await scene.open(optionsOf({ store }), a);
  await scene.time.advance(1_000);
  const second = await scene.open(optionsOf({ store }), b);
  await scene.time.advance(10_000);
  assert.deepEqual([first, second].map((queue) => queue.stats().stream?.sent), [[0], []]);
  await assert.rejects(
    scene.done(second.dropBefore({ beforeMs: 1 })),
    /no partition of the stream is this process's to send/,
  );
  a.crash("all");
  await scene.put(second, 1);
  assert.equal(delivered(second), 0);
  await scene.time.advanceUntil(() => delivered(second) === 1, 60_000);
  assert.deepEqual(second.stats().stream?.sent, [0]);
  await scene.done(second.close());
});
