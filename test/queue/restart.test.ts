import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchReader, Kernel, ReaderOptions } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import { resolveOptions } from "../../src/options.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { readClock } from "../../src/clock/endpoint_time.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodePlainRequest, wireSeries } from "../support/remote_write_v1.ts";

const V2 = "io.prometheus.write.v2.Request" as const;

/** A pipeline whose readers can be made to fail. */
async function open() {
  const real = await loadKernel();
  const platform = new MemoryPlatform();
  const logger = new MemoryLogger();
  const faults = { failuresLeft: 0, onSettled: (): void => {} };
  const makeReader = (options: ReaderOptions): BatchReader => {
    if (faults.failuresLeft-- > 0) throw new Error("BUG: no memory for a reader");
    const reader = real.createReader(options);
    const settled = reader.settled.bind(reader);
    reader.settled = (body, isDelivered) => {
      faults.onSettled();
      settled(body, isDelivered);
    };
    return reader;
  };
  const kernel: Kernel = {
    createWriter: (options) => real.createWriter(options),
    createViewer: (options) => real.createViewer(options),
    createPageParser: () => real.createPageParser(),
    checksumOf: (bytes) => real.checksumOf(bytes),
    createReader: makeReader,
  };
  const one = { name: "one", url: "http://one/", protobufMessage: V2, flushInterval: "1s" };
  const rules = resolveOptions({ dataPath: "/data", endpoints: [one] });
  const { endpoints } = rules;
  const isOwner = (): Promise<boolean> => Promise.resolve(true);
  const syncScheduler = new SyncScheduler(platform.clock);
  const start = readClock(platform.clock);
  const context = { platform, kernel, logger, dataPath: "/data", start, isOwner, syncScheduler };
  const pipeline = await Pipeline.open(context, endpoints[0]!, rules);
  pipeline.start();
  const writer = real.createWriter();
  const put = async (): Promise<void> => {
    const body = encodePlainRequest([wireSeries({ __name__: "up" }, platform.clock.nowMs(), 1)]);
    const uncompressedBytesMax = 1_000_000;
    const message = "prometheus.WriteRequest";
    writer.addRequest(body, {
      message,
      compression: "none",
      uncompressedBytesMax,
      cutoffMs: 0,
      latestMs: Infinity,
    });
    await pipeline.store.append({ batch: writer.encode() });
  };
  const check = (): void => {
    const { acceptedTotal, deliveredTotal, droppedTotal, pendingSignals } = pipeline.snapshot();
    const dropped = Object.values(droppedTotal).reduce((sum, count) => sum + count, 0);
    assert.equal(acceptedTotal, deliveredTotal + dropped + pendingSignals);
  };
  return { platform, logger, faults, pipeline, options: endpoints[0]!, rules, put, check };
}

test("an endpoint that met a bug starts anew, and what it had goes out", async () => {
  const { platform, faults, pipeline, logger, put, check } = await open();
  const written = { "x-prometheus-remote-write-samples-written": "1" };
  platform.http.script = () => makeAnswer(200, "", written);
  await put();
  await put();
  faults.onSettled = () => {
    faults.onSettled = () => {};
    throw new Error("BUG: planted");
  };
  await platform.time.advance(10_000);
  assert.match(logger.lines.join("\n"), /it starts anew.*BUG: planted/);
  assert.equal(pipeline.snapshot().pendingSignals, 0);
  check();
  await pipeline.stop();
  assert.equal(platform.time.timers, 0);
});

test("a new endpoint that cannot be made is tried again, also in a fall-back and an update", async () => {
  const { platform, faults, pipeline, options, rules, logger, put, check } = await open();
  platform.http.script = ({ headers }) =>
    makeAnswer(headers["content-type"]!.includes(V2) ? 415 : 204);
  faults.failuresLeft = 3;
  await put();
  await platform.time.advance(10_000);
  assert.equal(pipeline.snapshot().deliveredTotal, 1);
  assert.equal(logger.lines.filter((line) => line.includes("it starts anew")).length, 3);
  check();
  faults.failuresLeft = 2;
  const updated = pipeline.update({ ...options, flushIntervalMs: 10 }, rules);
  await platform.time.advance(10_000);
  await updated;
  await put();
  await platform.time.advance(10_000);
  assert.equal(pipeline.snapshot().deliveredTotal, 2);
  check();
  await pipeline.stop();
});

test("a stop while a new endpoint cannot be made ends it, and leaves no timer", async () => {
  const { platform, faults, pipeline, put, check } = await open();
  platform.http.script = () => makeAnswer(415);
  faults.failuresLeft = Infinity;
  await put();
  await platform.time.advance(3_500);
  await pipeline.stop();
  assert.equal(platform.time.timers, 0);
  await platform.time.advance(10_000);
  assert.equal(platform.time.timers, 0);
  assert.equal(pipeline.snapshot().pendingSignals, 1);
  check();
});
