/** Directories of endpoints that the options do not name any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

const OLD = { name: "one", url: "http://one/write" };
const NEW = { name: "two", url: "http://two/write" };
const LATER: QueueOptions = { dataPath: "/data", endpoints: [NEW] };

/** A queue whose endpoint `one` has gone and left five samples. */
async function orphaned(): Promise<Rig> {
  const rig = new Rig({}, ["one", "two"]);
  rig.one.answer = () => makeAnswer(503);
  await rig.open({ dataPath: "/data", endpoints: [OLD] });
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  return rig;
}

/** A reload drains it, although its directory cannot be opened so many times; what is newer comes behind. */
async function drainsAfter(rig: Rig, failuresMax: number): Promise<void> {
  let failures = 0;
  rig.platform.files.fault = (step, path) =>
    step === "make_directory" && path === "/data/one/wal" && failures++ < failuresMax
      ? "too_many_open"
      : undefined;
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  await rig.put("a", 5);
  await rig.platform.time.advance(600_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  await rig.wait(rig.queue.close());
}

test("what a removed endpoint has left is reported, and stays", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update(LATER));
  assert.deepEqual(rig.queue.stats().orphans, [{ name: "one", batches: 5, drainsTo: undefined }]);
  assert.match(rig.logger.lines.join("\n"), /no endpoint has this name: its batches are not sent/);
  await rig.wait(rig.queue.close());
  await rig.open(LATER);
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.queue.stats().orphans, [{ name: "one", batches: 5, drainsTo: undefined }]);
  assert.equal((await rig.files("one")).length, 5);
  await rig.wait(rig.queue.close());
});

for (const when of ["at the start", "in an update"]) {
  test(`an orphan is drained to the endpoint that is named, ${when}`, async () => {
    const rig = await orphaned();
    const options = { ...LATER, drainOrphans: { one: "two" } };
    if (when === "in an update") await rig.wait(rig.queue.update(options));
    else {
      await rig.wait(rig.queue.close());
      await rig.open(options);
    }
    await rig.platform.time.advance(60_000);
    assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
    assert.deepEqual(rig.queue.stats().orphans, []);
    assert.deepEqual(rig.queue.stats().endpoints.map(({ name }) => name), ["two"]);
    assert.deepEqual(await rig.files("one"), []);
    await rig.wait(rig.queue.close());
    assert.equal(rig.platform.time.timers, 0);
  });
}

test("what an orphan has goes before what its endpoint has: nothing is overtaken", async () => {
  const rig = await orphaned();
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [NEW] }));
  for (let value = 5; value < 10; value++) await rig.put("a", value);
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  for (let value = 10; value < 15; value++) await rig.put("a", value);
  assert.deepEqual(rig.queue.stats().orphans, [{ name: "one", batches: 5, drainsTo: "two" }]);
  two.answer = () => makeAnswer(204);
  await rig.platform.time.advance(120_000);
  assert.deepEqual(two.valuesOf("__name__=a"), Array.from({ length: 15 }, (_, value) => value));
  rig.checkSum();
  await rig.wait(rig.queue.close());
  assert.equal(rig.platform.time.timers, 0);
});

test("several orphans go to one endpoint, one after the other, and each keeps its order", async () => {
  const rig = new Rig({}, ["one", "two", "three"]);
  for (const name of ["one", "three"]) rig.endpoints[name]!.answer = () => makeAnswer(503);
  const third = { name: "three", url: "http://three/write" };
  await rig.open({ dataPath: "/data", endpoints: [OLD, third] });
  for (let value = 0; value < 5; value++) await rig.put("a", value);
  const drainOrphans = { one: "two", three: "two" };
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans }));
  await rig.platform.time.advance(120_000);
  const values = rig.endpoints["two"]!.valuesOf("__name__=a");
  assert.deepEqual(values, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  assert.deepEqual(rig.queue.stats().orphans, []);
  await rig.wait(rig.queue.close());
});

test("an orphan is forgotten when that is asked for, and never else", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update({ ...LATER, forgetOrphans: ["one", "never-there"] }));
  assert.deepEqual(rig.queue.stats().orphans, []);
  assert.deepEqual(await rig.files("one"), []);
  assert.match(rig.logger.lines.join("\n"), /forgotten, as was asked.*"signals":5/);
  assert.match(rig.logger.lines.join("\n"), /no orphaned batches of this name.*never-there/);
  assert.equal(rig.queue.stats().forgottenSignals, 5);
  await rig.wait(rig.queue.close());
});

test("an orphan that the disk will not delete stays an orphan", async () => {
  const rig = await orphaned();
  rig.platform.files.fault = (step) => step === "remove" ? "io" : undefined;
  await rig.wait(rig.queue.update({ ...LATER, forgetOrphans: ["one"] }));
  assert.deepEqual(rig.queue.stats().orphans, [{ name: "one", batches: 5, drainsTo: undefined }]);
  rig.platform.files.fault = undefined;
  await rig.wait(rig.queue.close());
});

test("an endpoint that comes back in the middle goes on where it was", async () => {
  const rig = await orphaned();
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  await rig.platform.time.advance(5_000);
  rig.one.answer = () => makeAnswer(204);
  two.answer = () => makeAnswer(204);
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [OLD, NEW] }));
  await rig.put("a", 5);
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(two.valuesOf("__name__=a"), [5]);
  assert.deepEqual(rig.queue.stats().orphans, []);
  rig.checkSum();
  await rig.wait(rig.queue.close());
  assert.equal(rig.platform.time.timers, 0);
});

test("a close while an orphan is drained leaves the rest for the next start", async () => {
  const rig = await orphaned();
  const options = { ...LATER, drainOrphans: { one: "two" } };
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.update(options));
  await rig.wait(rig.queue.close({ graceMs: 1000 }));
  assert.equal(rig.platform.time.timers, 0);
  two.answer = () => makeAnswer(204);
  await rig.open(options);
  await rig.platform.time.advance(60_000);
  assert.deepEqual(two.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  await rig.wait(rig.queue.close());
});

test("a close with grace sends what the endpoint has too, when its orphan is through", async () => {
  const rig = await orphaned();
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  await rig.put("b", 1);
  const closed = rig.queue.close({ graceMs: 600_000 });
  two.answer = () => makeAnswer(204);
  const startedMs = rig.nowMs();
  await rig.wait(closed, 700_000);
  assert.deepEqual(two.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  assert.deepEqual(two.valuesOf("__name__=b"), [1]);
  assert.ok(rig.nowMs() - startedMs < 300_000, "it waits for nothing");
  assert.equal(rig.platform.time.timers, 0);
});

test("a close with grace sends two orphans and their endpoint, one after the other", async () => {
  const rig = new Rig({}, ["one", "two", "three"]);
  for (const name of ["one", "two", "three"]) rig.endpoints[name]!.answer = () => makeAnswer(503);
  const third = { name: "three", url: "http://three/write" };
  await rig.open({ dataPath: "/data", endpoints: [OLD, third] });
  await rig.put("a", 0);
  const drainOrphans = { one: "two", three: "two" };
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans }));
  await rig.put("a", 1);
  const closed = rig.queue.close({ graceMs: 600_000 });
  rig.endpoints["two"]!.answer = () => makeAnswer(204);
  await rig.wait(closed, 700_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 0, 1]);
  assert.equal(rig.platform.time.timers, 0);
});

test("what comes in while an orphan becomes an endpoint again goes to that endpoint", async () => {
  const rig = new Rig({}, ["one", "two", "three"]);
  const third = { name: "three", url: "http://three/write" };
  rig.one.answer = () => makeAnswer(503);
  await rig.open({ dataPath: "/data", endpoints: [OLD] });
  await rig.put("a", 0);
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  const drainOrphans = { one: "two" };
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [NEW, third], drainOrphans }));
  // The third one, which goes, takes its time to delete what it has sent.
  let release = (): void => {};
  const deleting = new Promise<undefined>((resolve) => release = () => resolve(undefined));
  rig.platform.files.fault = (step, path) =>
    step === "remove" && path.startsWith("/data/three/wal") ? deleting : undefined;
  await rig.put("a", 1);
  await rig.platform.time.advance(10_000);
  const updated = rig.queue.update({ dataPath: "/data", endpoints: [OLD, NEW] });
  await rig.platform.time.settle();
  two.answer = () => makeAnswer(204);
  await rig.put("a", 2);
  await rig.platform.time.advance(60_000);
  release();
  await rig.wait(updated);
  rig.one.answer = () => makeAnswer(204);
  await rig.platform.time.advance(60_000);
  assert.equal(rig.one.valuesOf("__name__=a").at(-1), 2);
  assert.deepEqual(two.valuesOf("__name__=a").filter((value) => value > 0), [1, 2]);
  await rig.wait(rig.queue.close());
});

test("an endpoint whose directory could not be looked at in a reload can be drained by the next", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update(LATER));
  rig.platform.files.fault = (step, path) =>
    step === "list" && path === "/data" ? "too_many_open" : undefined;
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [OLD, NEW] }));
  rig.platform.files.fault = undefined;
  assert.deepEqual(rig.queue.stats().orphans, []);
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  await rig.put("a", 5);
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(rig.queue.stats().orphans, []);
  await rig.wait(rig.queue.close());
});

test("a delivered file of an orphan that cannot be deleted is not sent again by a reload", async () => {
  const rig = await orphaned();
  rig.platform.files.fault = (step, path) =>
    step === "remove" && path.startsWith("/data/one/wal") ? "io" : undefined;
  const options = { ...LATER, drainOrphans: { one: "two" } };
  await rig.wait(rig.queue.update(options));
  await rig.platform.time.advance(60_000);
  await rig.wait(rig.queue.update(options));
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  await rig.wait(rig.queue.close());
});

test("an endpoint that is removed and comes back does not send again what it could not delete", async () => {
  const rig = new Rig({}, ["one", "two"]);
  await rig.open({ dataPath: "/data", endpoints: [OLD, NEW] });
  rig.platform.files.fault = (step, path) =>
    step === "remove" && path.startsWith("/data/one/wal") ? "io" : undefined;
  for (let value = 0; value < 3; value++) await rig.put("a", value);
  await rig.platform.time.advance(60_000);
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [NEW] }));
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [OLD, NEW] }));
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2]);
  await rig.wait(rig.queue.close());
});

test("an orphan that cannot be listed for a moment at the start still goes first", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.close());
  let failures = 0;
  rig.platform.files.fault = (step, path) =>
    step === "list" && path === "/data/one/wal" && failures++ === 0 ? "too_many_open" : undefined;
  const options = { ...LATER, drainOrphans: { one: "two" } };
  // A start that would send what is newer is none.
  await assert.rejects(rig.open(options), { code: "STORAGE" });
  await rig.open(options);
  await rig.put("a", 5);
  await rig.platform.time.advance(60_000);
  await rig.wait(rig.queue.update(options));
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5]);
  await rig.wait(rig.queue.close());
});

test("an orphan that cannot be opened in a reload is drained when it can be, before its endpoint", async () => {
  const rig = await orphaned();
  await drainsAfter(rig, 1);
});

test("an orphan begins when its endpoint has stopped, however slow the disk gives what it reads", async () => {
  const rig = await orphaned();
  const two = rig.endpoints["two"]!;
  two.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.update(LATER));
  for (let value = 5; value < 7; value++) await rig.put("a", value);
  await rig.wait(rig.queue.close());
  // The endpoint sends its first batch, and the disk does not give it the second one.
  let release = (): void => {};
  const reading = new Promise<undefined>((resolve) => release = () => resolve(undefined));
  let reads = 0;
  rig.platform.files.fault = (step, path) =>
    step === "read" && path === "/data/two/wal/7.committed" && ++reads === 2 ? reading : undefined;
  const signals: AbortSignal[] = [];
  let overlaps = 0;
  rig.platform.http.script = (request, signal) => {
    if (signals[0]?.aborted === false) overlaps++;
    signals.push(signal);
    return signals.length === 1 ? new Promise(() => {}) : two.script(request);
  };
  await rig.open(LATER);
  await rig.platform.time.advance(10_000);
  assert.deepEqual([signals.length, reads], [1, 2]);
  two.answer = () => makeAnswer(204);
  const updated = rig.queue.update({ ...LATER, drainOrphans: { one: "two" } });
  await rig.platform.time.advance(5000);
  release();
  await rig.wait(updated);
  assert.equal(overlaps, 0);
  await rig.wait(rig.queue.close());
});

test("an orphan that goes to another endpoint from now on begins when that one has stopped", async () => {
  const rig = new Rig({}, ["one", "two", "three"]);
  for (const name of ["one", "two"]) rig.endpoints[name]!.answer = () => makeAnswer(503);
  await rig.open({ dataPath: "/data", endpoints: [OLD] });
  await rig.put("a", 0);
  const endpoints = [NEW, { name: "three", url: "http://three/write" }];
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints, drainOrphans: { one: "two" } }));
  const three = rig.endpoints["three"]!;
  const own: AbortSignal[] = [];
  let overlaps = 0;
  const { script } = rig.platform.http;
  rig.platform.http.script = (request, signal) => {
    if (new URL(request.url).hostname !== "three") return script(request, signal);
    if (own[0]?.aborted === false) overlaps++;
    own.push(signal);
    return own.length === 1 ? new Promise(() => {}) : three.script(request);
  };
  await rig.put("a", 1);
  await rig.platform.time.advance(5000);
  assert.equal(own.length, 1);
  // The disk takes its time when the reload looks for orphans.
  let release = (): void => {};
  const listing = new Promise<undefined>((resolve) => release = () => resolve(undefined));
  rig.platform.files.fault = (step, path) =>
    step === "list" && path === "/data" ? listing : undefined;
  const drainOrphans = { one: "three" };
  const updated = rig.queue.update({ dataPath: "/data", endpoints, drainOrphans });
  await rig.platform.time.advance(5000);
  release();
  await rig.wait(updated);
  await rig.platform.time.advance(60_000);
  assert.equal(overlaps, 0);
  assert.deepEqual(three.valuesOf("__name__=a"), [0, 1]);
  await rig.wait(rig.queue.close());
});

test("an orphan whose files cannot be read is forgotten all the same", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update(LATER));
  rig.platform.files.fault = (step, path) =>
    step === "read" && path.startsWith("/data/one/wal") ? "io" : undefined;
  await rig.wait(rig.queue.update({ ...LATER, forgetOrphans: ["one"] }));
  assert.deepEqual(rig.queue.stats().orphans, []);
  assert.deepEqual(await rig.files("one"), []);
  await rig.wait(rig.queue.close());
});

test("an orphan is reported, whatever its name", async () => {
  const rig = new Rig({}, ["one", "two"]);
  rig.one.answer = () => makeAnswer(503);
  await rig.open({
    dataPath: "/data",
    endpoints: [{ name: "constructor", url: "http://one/write" }],
  });
  await rig.put("a", 0);
  await rig.wait(rig.queue.update(LATER));
  assert.match(
    rig.logger.lines.join("\n"),
    /no endpoint has this name.*"path":"\/data\/constructor"/,
  );
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { ["constructor"]: "two" } }));
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0]);
  await rig.wait(rig.queue.close());
});

test("an orphan that cannot be looked for in a reload still goes first, and is looked for again", async () => {
  for (const directory of ["/data", "/data/one/wal"]) {
    const rig = await orphaned();
    let failures = 0;
    rig.platform.files.fault = (step, path) =>
      step === "list" && path === directory && failures++ < 3 ? "too_many_open" : undefined;
    await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
    await rig.put("a", 5);
    await rig.platform.time.advance(5_000);
    assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [], directory);
    await rig.platform.time.advance(600_000);
    assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5], directory);
    await rig.wait(rig.queue.close());
    assert.equal(rig.platform.time.timers, 0);
  }
});

test("an empty place where the disk was does not say that there are no orphans", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [OLD, NEW] }));
  const { files } = rig.platform;
  const paths = files.paths().filter((path) => path.startsWith("/data/one/wal/"));
  const there = paths.map((path) => [path, files.peek(path)!] as const);
  files.removeDirectory("/data/one");
  files.fault = (step, path) =>
    step === "read" && path === "/data/walq.lock" ? "not_found" : undefined;
  await rig.wait(rig.queue.update({ ...LATER, drainOrphans: { one: "two" } }));
  files.fault = undefined;
  for (const [path, bytes] of there) files.plant(path, bytes);
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1, 2, 3, 4]);
  await rig.wait(rig.queue.close());
});

test("the sum holds while an orphan becomes an endpoint and the disk is slow", async () => {
  const rig = await orphaned();
  let requests = 0;
  rig.endpoints["two"]!.answer = () => makeAnswer(requests++ === 0 ? 204 : 503);
  const body = encodeRequest(
    ["a", "b", "c", "d"].map((name, value) => wireSeries({ __name__: name }, rig.nowMs(), value)),
  );
  await rig.wait(rig.queue.write(body, CONTENT));
  const two = { ...NEW, batchCount: 2, parallelism: 1 };
  await rig.wait(rig.queue.update({ ...LATER, endpoints: [two], drainOrphans: { one: "two" } }));
  await rig.platform.time.advance(5_000);
  rig.checkSum();
  let end = (): void => {};
  const syncing = new Promise<undefined>((resolve) => end = () => resolve(undefined));
  rig.platform.files.fault = (step, path) =>
    step === "sync_directory" && path === "/data/one/wal" ? syncing : undefined;
  const updated = rig.queue.update({ dataPath: "/data", endpoints: [OLD, two] });
  await rig.platform.time.advance(5_000);
  rig.checkSum();
  end();
  await rig.wait(updated);
  rig.checkSum();
  await rig.wait(rig.queue.close());
  rig.checkSum();
});

test("an orphan that was found before and cannot be opened now does not refuse a reload", async () => {
  const rig = await orphaned();
  await rig.wait(rig.queue.update(LATER));
  await drainsAfter(rig, 2);
});

test("what an orphan's endpoint has got does not go to the next one after a power cut", async () => {
  for (const way of ["at once", "after it was left alone"] as const) {
    const rig = new Rig({}, ["one", "two", "three"]);
    rig.one.answer = () => makeAnswer(503);
    await rig.open({ dataPath: "/data", endpoints: [OLD] });
    for (let value = 0; value < 5; value++) await rig.put("a", value);
    let requests = 0;
    rig.endpoints["two"]!.answer = () => makeAnswer(requests++ < 2 ? 204 : 503);
    const two = { ...NEW, batchCount: 1, parallelism: 1 };
    const three = { name: "three", url: "http://three/write" };
    const endpoints = [two, three];
    const { queue } = rig;
    rig.endpoints["three"]!.answer = () => makeAnswer(503);
    await rig.wait(queue.update({ ...LATER, endpoints, drainOrphans: { one: "two" } }));
    await rig.platform.time.advance(60_000);
    if (way !== "at once") await rig.wait(queue.update({ ...LATER, endpoints }));
    const next = { ...LATER, endpoints, drainOrphans: { one: "three" } };
    await rig.wait(queue.update(next));
    await rig.crash(next);
    rig.endpoints["three"]!.answer = () => makeAnswer(204);
    await rig.platform.time.advance(600_000);
    assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [0, 1], way);
    assert.deepEqual(rig.endpoints["three"]!.valuesOf("__name__=a"), [2, 3, 4], way);
    await rig.wait(rig.queue.close());
  }
});

test("what an endpoint had sent before its name was changed does not come behind what is newer", async () => {
  for (const way of ["update", "restart"] as const) {
    const next = { ...LATER, drainOrphans: { one: "two" } };
    const rig = new Rig({}, ["one", "two"]);
    await rig.open({ dataPath: "/data", endpoints: [OLD] });
    await rig.put("a", 0);
    await rig.drain();
    if (way === "update") await rig.wait(rig.queue.update(next));
    else {
      await rig.wait(rig.queue.close());
      await rig.open(next);
    }
    await rig.put("a", 1);
    await rig.drain();
    await rig.crash(next);
    await rig.drain();
    await rig.platform.time.advance(60_000);
    assert.deepEqual([...new Set(rig.endpoints["two"]!.valuesOf("__name__=a"))], [1], way);
    await rig.wait(rig.queue.close());
  }
});
