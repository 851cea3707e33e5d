/** A reader of the kernel that traps outside of the endpoint's own loop, and loses its open requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodedBatch, Kernel, RequestBody } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { SyncScheduler } from "../../src/filequeue/sync_scheduler.ts";
import { resolveOptions } from "../../src/options.ts";
import { Pipeline } from "../../src/pipeline.ts";
import { readClock } from "../../src/clock/endpoint_time.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { dated } from "../support/dated.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest, encodePlainRequest, wireSeries } from "../support/remote_write_v1.ts";
import { seriesOfShards } from "./support.ts";

const real = await loadKernel();

/** The first call of `select` asks for more memory than there can be. */
function trapping(): { kernel: Kernel; hasTrapped: () => boolean } {
  let mayTrap = true;
  const kernel: Kernel = {
    createWriter: (options) => real.createWriter(options),
    createViewer: (options) => real.createViewer(options),
    createPageParser: () => real.createPageParser(),
    checksumOf: (bytes) => real.checksumOf(bytes),
    createReader: (options) => {
      const reader = real.createReader(options);
      const { select } = reader;
      reader.select = (body, which) => {
        const isFirst = mayTrap;
        mayTrap = false;
        const giant = { ...body, bytes: { length: 0xfffffff0 } } as unknown as RequestBody;
        return select.call(reader, isFirst ? giant : body, which);
      };
      return reader;
    },
  };
  return { kernel, hasTrapped: () => !mayTrap };
}

function batchOf(name: string, values: readonly number[], timestampMs: number): EncodedBatch {
  const writer = real.createWriter();
  for (const value of values) {
    writer.addRequest(
      encodePlainRequest([wireSeries({ __name__: name }, timestampMs + value, value)]),
      {
        message: "prometheus.WriteRequest",
        compression: "none",
        uncompressedBytesMax: 1_000_000,
        cutoffMs: 0,
        latestMs: Infinity,
      },
    );
  }
  return writer.encode();
}

test("what was in an open request when the kernel trapped is sent again, and not taken for delivered", async () => {
  const platform = new MemoryPlatform();
  const logger = new MemoryLogger();
  const startMs = platform.clock.nowMs();
  const [zero, one] = seriesOfShards(real) as [string, string];
  const { kernel, hasTrapped } = trapping();
  const rules = resolveOptions({
    dataPath: "/data",
    ttl: "60s",
    endpoints: [{
      name: "one",
      url: "http://one/",
      parallelism: 2,
      batchCount: 10,
      flushInterval: "1h",
      retryBackoff: "10ms",
      retryBackoffMax: "50ms",
    }],
  });
  const double = new EndpointDouble();
  let isZeroRefused = true;
  platform.http.script = (request) => {
    const names = decodeRequest(request.body!).map(({ labels }) => labels[0]![1]);
    // It says what time it is: nothing is dropped for its age before.
    return isZeroRefused && names.includes(zero)
      ? dated(makeAnswer(503), platform.time.trueMs())
      : double.script(request);
  };
  const isOwner = (): Promise<boolean> => Promise.resolve(true);
  const syncScheduler = new SyncScheduler(platform.clock);
  const start = readClock(platform.clock);
  const context = { platform, kernel, logger, dataPath: "/data", start, isOwner, syncScheduler };
  const pipeline = await Pipeline.open(context, rules.endpoints[0]!, rules);
  pipeline.start();
  // Ten of one shard, which fill a request that expires in a second; four of the other, which wait in its open one.
  const ten = Array.from({ length: 10 }, (_, at) => at);
  await pipeline.store.append({ batch: batchOf(zero, ten, startMs - 59_000) });
  await pipeline.store.append({ batch: batchOf(one, [0, 1, 2, 3], startMs) });
  assert.ok(await platform.time.advanceUntil(hasTrapped, 5_000));
  await platform.time.settle();
  assert.match(logger.lines.join("\n"), /kernel trapped and lost the open requests/);
  // Within the second before the endpoint starts anew: enough to fill the other shard's request.
  await pipeline.store.append({ batch: batchOf(one, ten.map((at) => 10 + at), startMs) });
  await platform.time.advance(100);
  isZeroRefused = false;
  void pipeline.drained();
  await platform.time.advance(60_000);
  const values = double.valuesOf(`__name__=${one}`);
  assert.deepEqual(values, [0, 1, 2, 3, ...ten.map((at) => 10 + at)]);
  assert.equal(pipeline.snapshot().pendingSignals, 0);
  await pipeline.stop();
});
