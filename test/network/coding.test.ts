/** Requests under zstd, and endpoints that do not take them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { request, start, V2, ZSTD } from "./support.ts";

const WRITTEN = { "x-prometheus-remote-write-samples-written": "1" };

/** What was asked, as far as these tests care. */
function shownOf({ headers, body }: HttpRequest): string {
  const isPacked = body![0] === ZSTD;
  const encoding = headers["content-encoding"]!;
  assert.equal(isPacked, encoding === "zstd");
  return encoding + (headers["retry-attempt"] ?? "");
}

test("a request leaves under zstd, and is made once for all its attempts", async () => {
  const bodies = new Set<Uint8Array>();
  const { clock, shard, outcomes, events } = start((asked) => {
    assert.equal(shownOf(asked).slice(0, 4), "zstd");
    bodies.add(asked.body!);
    return makeAnswer(bodies.size > 0 && asked.headers["retry-attempt"] === "2" ? 204 : 503);
  }, { compression: "zstd" });
  shard.trySend(request(3, clock.nowMs()));
  await clock.advance(10_000);
  assert.equal(bodies.size, 1);
  assert.deepEqual(outcomes, [["delivered", 3]]);
  // Bytes are counted as they went over the wire.
  assert.equal(events.counts().sentBytesTotal, 2);
  await shard.stop();
});

test("what is refused under zstd goes out under snappy, and so does all else if that is taken", async () => {
  for (const status of [400, 415]) {
    for (const protobufMessage of ["prometheus.WriteRequest", V2] as const) {
      const asked: string[] = [];
      const { clock, shard, outcomes, logger, fallBacks } = start((one) => {
        asked.push(shownOf(one));
        const isZstd = one.headers["content-encoding"] === "zstd";
        return isZstd ? makeAnswer(status, "what is this") : makeAnswer(204, "", WRITTEN);
      }, { compression: "zstd", protobufMessage });
      shard.trySend(request(1, clock.nowMs(), 1));
      await clock.settle();
      shard.trySend(request(1, clock.nowMs(), 2));
      await clock.settle();
      assert.deepEqual(asked, ["zstd", "snappy1", "snappy"]);
      assert.deepEqual(outcomes, [["delivered", 1], ["delivered", 1]]);
      assert.deepEqual(fallBacks, []);
      assert.equal(logger.lines.filter((line) => line.includes("gets snappy")).length, 1);
      await shard.stop();
    }
  }
});

test("a 400 that is about the data is one under snappy too, and zstd stays", async () => {
  const asked: string[] = [];
  let answer = (): HttpAnswer => makeAnswer(400, "out of order");
  const { clock, shard, outcomes } = start((one) => {
    asked.push(shownOf(one));
    return answer();
  }, { compression: "zstd" });
  const send = async (number: number): Promise<void> => {
    shard.trySend(request(1, clock.nowMs(), number));
    await clock.settle();
  };
  await send(1);
  answer = () => makeAnswer(204);
  await send(2);
  // It has taken one under zstd: that cannot be what it refuses.
  answer = () => makeAnswer(400, "out of order");
  await send(3);
  assert.deepEqual(asked, ["zstd", "snappy1", "zstd", "zstd"]);
  assert.deepEqual(outcomes, [["rejected", 1], ["delivered", 1], ["rejected", 1]]);
  await shard.stop();
});

test("2.0 that is understood in neither form falls back after both", async () => {
  const asked: string[] = [];
  const { clock, shard, fallBacks } = start((one) => {
    asked.push(shownOf(one));
    return makeAnswer(415, "no");
  }, { compression: "zstd", protobufMessage: V2 });
  shard.trySend(request(1, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(asked, ["zstd", "snappy1"]);
  assert.equal(fallBacks.length, 1);
  await shard.stop();
});
