/** A poisoned sample, and a queue that is asked to find it: the accounts hold at every moment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { bitsOf } from "../support/remote_write_v1.ts";
import type { RequestForm } from "../support/signals.ts";
import { Rig } from "./support.ts";

const POISON = 666;

/** One endpoint that splits, with one shard. */
function options(more: Record<string, unknown> = {}) {
  const endpoint = {
    name: "one",
    url: "http://one/write",
    splitOnBadRequest: true,
    parallelism: 1,
    ...more,
  };
  return { endpoints: [endpoint] };
}

function formOf(request: HttpRequest, version: "v1" | "v2" = "v1"): RequestForm {
  return decodeRequest(uncompress(request.body!), version);
}

function isPoisoned({ series }: RequestForm): boolean {
  return series.some(({ signals }) =>
    signals.some((signal) => signal.kind === "sample" && signal.bits === bitsOf(POISON))
  );
}

test("of many batches in one request only the poisoned sample is lost, and files are deleted", async () => {
  const rig = await new Rig(options()).open();
  rig.one.answer = (request) => {
    rig.checkSum();
    return makeAnswer(isPoisoned(formOf(request)) ? 400 : 204, "out of order");
  };
  for (let batch = 0; batch < 10; batch++) {
    await rig.put("a", batch);
    await rig.put("b", batch === 4 ? POISON : batch);
  }
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(rig.one.valuesOf("__name__=b"), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
  const { deliveredTotal, droppedTotal } = rig.queue.stats().endpoints[0]!;
  assert.deepEqual([deliveredTotal, droppedTotal.rejected], [19, 1]);
  assert.ok(rig.one.requestSizes.length < 19, "all in requests of their own");
  rig.checkSum();
  await rig.platform.time.settle();
  assert.deepEqual(await rig.files(), []);
});

test("without the option the request is lost whole, as before", async () => {
  const rig = await new Rig(options({ splitOnBadRequest: false })).open();
  rig.one.answer = () => makeAnswer(400);
  await rig.put("a", 1);
  await rig.put("a", POISON);
  await rig.drain();
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.rejected, 2);
});

for (const how of ["an update", "a crash"] as const) {
  test(`${how} in the middle of a split: what had no outcome comes again, in order, and sums hold`, async () => {
    const rig = await new Rig(options()).open();
    let isHanging = true;
    rig.one.answer = (request, signals) => {
      rig.checkSum();
      if (isPoisoned(formOf(request))) return makeAnswer(400);
      // The first half is taken and the second one hangs.
      const hangs = isHanging && signals < 8 && rig.one.arrivals.length > 0;
      return hangs ? new Promise(() => {}) : makeAnswer(204);
    };
    // One batch, so that a part of it is settled and the rest is not.
    const appender = rig.queue.appender();
    for (let value = 0; value < 8; value++) {
      appender.append({ __name__: "a" }, rig.nowMs() + value, value === 6 ? POISON : value);
    }
    await rig.wait(appender.commit({ durable: true }));
    await rig.platform.time.advance(2_000);
    assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3]);
    assert.equal(rig.pending(), 4);
    isHanging = false;
    const changed = { ...rig.options, ...options({ writeTimeout: "10s" }) };
    if (how === "an update") await rig.wait(rig.queue.update(changed));
    else await rig.crash();
    rig.checkSum();
    await rig.drain();
    assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 7]);
    assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.rejected, 1);
    rig.checkSum();
  });
}

const WRITTEN = "x-prometheus-remote-write-samples-written";

test("2.0: halves are requests of their own, and refused metadata does not count as taken", async () => {
  await loadKernel();
  const platform = new MemoryPlatform();
  const endpoint = {
    ...options().endpoints[0]!,
    protobufMessage: "io.prometheus.write.v2.Request" as const,
    metadataCacheEnabled: true,
  };
  const queue = await Queue.open({ dataPath: "/data", endpoints: [endpoint] }, {
    platform,
    logger: new MemoryLogger(),
  });
  const helps: string[][] = [];
  let poisons = 0;
  platform.http.script = (request) => {
    const form = formOf(request, "v2");
    if (isPoisoned(form)) {
      poisons++;
      return makeAnswer(400, "no");
    }
    const { series } = form;
    helps.push(series.map(({ metadata }) => metadata?.help ?? "-"));
    const samples = series.flatMap(({ signals }) => signals).length;
    return makeAnswer(200, "", { [WRITTEN]: `${samples}` });
  };
  const put = async (names: Record<string, number>): Promise<void> => {
    const appender = queue.appender();
    for (const [name, value] of Object.entries(names)) {
      appender.append({ __name__: name }, platform.clock.nowMs(), value);
      appender.updateMetadata(name, { type: "gauge", help: `help of ${name}` });
    }
    const done = appender.commit({ durable: true });
    await platform.time.advance(3_000);
    await done;
    const { acceptedTotal, deliveredTotal, droppedTotal, pendingSignals } = queue.stats()
      .endpoints[0]!;
    assert.equal(pendingSignals, 0);
    assert.equal(acceptedTotal, deliveredTotal + droppedTotal.rejected);
  };
  // It shows that it knows 2.0.
  await put({ first: 1 });
  await put({ a: 1, b: POISON, c: 1, d: 1 });
  assert.equal(poisons, 3);
  // The sample and its metadata, which was a signal of its own.
  assert.equal(queue.stats().endpoints[0]!.droppedTotal.rejected, 2);
  await put({ a: 2, b: 2 });
  assert.deepEqual(helps, [
    ["help of first"],
    ["help of a"],
    ["help of c", "help of d"],
    // Which of them were refused the cache does not know: none counts as taken.
    ["help of a", "help of b"],
  ]);
  assert.equal(queue.stats().endpoints[0]!.fallbacksTotal, 0);
  const closed = queue.close();
  await platform.time.advance(10_000);
  await closed;
});
