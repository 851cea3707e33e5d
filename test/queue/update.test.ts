import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { Rig } from "./support.ts";

test("a changed endpoint goes on in order with the new options, out of any wait at once", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503, "", { "retry-after": "300" });
  for (let index = 0; index < 20; index++) await rig.put("a", index);
  await rig.platform.time.advance(2000);
  const authorized: (string | undefined)[] = [];
  rig.one.answer = ({ headers }) => {
    authorized.push(headers["authorization"]);
    return makeAnswer(200);
  };
  const endpoints = [{ name: "one", url: "http://one/", bearerToken: "t", parallelism: 2 }];
  const startedMs = rig.nowMs();
  await rig.wait(rig.queue.update({ ...rig.options, endpoints }));
  await rig.drain(5000);
  assert.ok(rig.nowMs() - startedMs < 5000);
  const values = rig.one.valuesOf("__name__=a");
  assert.deepEqual(values, Array.from({ length: 20 }, (_, index) => index));
  assert.deepEqual([...new Set(authorized)], ["Bearer t"]);
  rig.checkSum();
  await rig.queue.close();
});

test("an unchanged endpoint is not touched; one that is added gets what comes from then on", async () => {
  const rig = await new Rig({}, ["one", "two"]).open({
    dataPath: "/data",
    endpoints: [{ name: "one", url: "http://one/write" }],
  });
  let hanging = 0;
  rig.one.answer = () => {
    hanging++;
    return new Promise(() => {});
  };
  await rig.put("a", 1);
  await rig.platform.time.advance(1500);
  assert.equal(hanging, 1);
  await rig.wait(rig.queue.update(rig.options));
  await rig.platform.time.advance(1500);
  assert.equal(hanging, 1);
  await rig.put("a", 2);
  await rig.platform.time.advance(1500);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [2]);
  await rig.queue.close();
});

test("a removed endpoint stops and its files stay for the day it comes back", async () => {
  const rig = await new Rig({}, ["one", "two"]).open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 1);
  const two = { name: "two", url: "http://two/write" };
  await rig.wait(rig.queue.update({ dataPath: "/data", endpoints: [two] }));
  assert.equal((await rig.files("one")).length, 1);
  rig.one.answer = () => makeAnswer(200);
  await rig.wait(rig.queue.update(rig.options));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  await rig.queue.close();
});

test("an endpoint whose name was changed is reported: what it had is not sent", async () => {
  const rig = await new Rig({}, ["one", "two"]).open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 1);
  await rig.drain(2000).catch(() => {});
  await rig.queue.close();
  await rig.platform.files.makeDirectory("/data/lost+found");
  await rig.open({ dataPath: "/data", endpoints: [{ name: "two", url: "http://two/write" }] });
  const warnings = rig.logger.lines.filter((line) => line.includes("no endpoint has this name"));
  assert.deepEqual(warnings.length, 1);
  assert.match(warnings[0]!, /"path":"\/data\/one","batches":1/);
  await rig.queue.close();
});

test("invalid options change nothing", async () => {
  const rig = await new Rig().open();
  const isInvalid = (error: unknown): boolean =>
    error instanceof WalqError && error.code === "INVALID_OPTIONS";
  await assert.rejects(
    async () => await rig.queue.update({ dataPath: "/data", endpoints: [] }),
    isInvalid,
  );
  await assert.rejects(
    async () => await rig.queue.update({ ...rig.options, dataPath: "/x" }),
    isInvalid,
  );
  await rig.put("a", 1);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  await rig.queue.close();
});

test("an endpoint that comes back while its last batch is written loses nothing", async () => {
  const rig = await new Rig({}, ["one", "two"]).open();
  const { files, time } = rig.platform;
  rig.one.answer = () => makeAnswer(503);
  rig.endpoints["two"]!.answer = () => makeAnswer(503);
  // The first endpoint's file takes its time; the link for the second one comes after it.
  files.fault = (step) =>
    step === "sync"
      ? new Promise((resolve) => time.after(5000, () => resolve(undefined)))
      : undefined;
  const slow = rig.put("a", 1);
  await time.advance(100);
  const [one] = rig.options.endpoints;
  const removed = rig.queue.update({ ...rig.options, endpoints: [one!] });
  const back = rig.queue.update(rig.options);
  await slow;
  await rig.wait(Promise.all([removed, back]));
  files.fault = undefined;
  await rig.put("a", 2);
  rig.one.answer = () => makeAnswer(200);
  rig.endpoints["two"]!.answer = () => makeAnswer(200);
  await rig.drain();
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [1, 2]);
  await rig.queue.close();
});

test("an added endpoint whose directory cannot be made changes nothing, and can be added later", async () => {
  const rig = await new Rig({}, ["one", "two"]).open({
    dataPath: "/data",
    endpoints: [{ name: "one", url: "http://one/write" }],
  });
  rig.platform.files.fault = (step) => step === "make_directory" ? "read_only" : undefined;
  await assert.rejects(
    rig.queue.update(rig.options),
    (error) => error instanceof WalqError && error.code === "STORAGE",
  );
  rig.platform.files.fault = undefined;
  assert.equal(rig.queue.stats().endpoints.length, 1);
  await rig.wait(rig.queue.update(rig.options));
  await rig.put("a", 1);
  await rig.drain();
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [1]);
  await rig.queue.close();
});
