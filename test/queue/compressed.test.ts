/** What comes in and goes out under other compressions than snappy, through the whole line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeAnswer } from "../../src/testing/memory.ts";
import { compress as snappyPack } from "../support/hysnappy.ts";
import { encodePlainRequest, wireSeries } from "../support/remote_write_v1.ts";
import { Rig } from "./support.ts";

const { compressZstd, decompressZstd } = new Rig().platform;
const LACKS_ZSTD = compressZstd === undefined ? "this runtime has no zstd" : false;

test("a request under gzip or nothing is taken, and one that is larger than may be is not", async () => {
  const rig = await new Rig({ limits: { uncompressedBytesMax: 4_096, requestBytesMax: 4_096 } })
    .open();
  const plain = (value: number, label = ""): Uint8Array =>
    encodePlainRequest([wireSeries({ __name__: "a", label }, rig.nowMs(), value)]);
  const write = (bytes: Uint8Array, contentEncoding: string): Promise<unknown> =>
    rig.wait(rig.queue.write(bytes, { contentEncoding }));
  await write(gzipSync(plain(1)), "gzip");
  await write(plain(2), "identity");
  await assert.rejects(write(gzipSync(plain(3, "x".repeat(5_000))), "gzip"), { code: "TOO_LARGE" });
  await assert.rejects(write(plain(4), "gzip"), { code: "INVALID_REQUEST" });
  await assert.rejects(write(gzipSync(plain(5)), "identity"), { code: "INVALID_REQUEST" });
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
  rig.checkSum();
  await rig.queue.close();
});

test(
  "zstd all the way: taken in, and sent to an endpoint that takes it",
  { skip: LACKS_ZSTD },
  async () => {
    const rig = new Rig();
    const endpoints = rig.options.endpoints.map((one) => ({
      ...one,
      compression: "zstd" as const,
    }));
    const encodings: string[] = [];
    const { script } = rig.one;
    rig.platform.http.script = async (request) => {
      encodings.push(request.headers["content-encoding"]!);
      const body = snappyPack(decompressZstd!(request.body!, 1e6));
      return await script({ ...request, body });
    };
    await rig.open({ ...rig.options, endpoints });
    const body = compressZstd!(encodePlainRequest([wireSeries({ __name__: "a" }, rig.nowMs(), 7)]));
    await rig.wait(rig.queue.write(body, { contentEncoding: "zstd" }));
    await rig.drain();
    assert.deepEqual([encodings, rig.one.valuesOf("__name__=a")], [["zstd"], [7]]);
    await rig.queue.close();
  },
);

test("a runtime without zstd refuses the option by its name", async () => {
  const rig = new Rig();
  const endpoints = rig.options.endpoints.map((one) => ({ ...one, compression: "zstd" as const }));
  Object.defineProperty(rig.platform, "compressZstd", { value: undefined });
  await assert.rejects(rig.open({ ...rig.options, endpoints }), {
    code: "INVALID_OPTIONS",
    message: 'endpoints[0].compression: got "zstd", which this runtime does not have: ' +
      "Node 22.15 or later, Deno or Bun",
  });
});

test("sample_age_limit drops for one endpoint what the other still gets", async () => {
  const rig = new Rig({ ttl: "2h" }, ["one", "two"]);
  const endpoints = rig.options.endpoints.map((one) =>
    one.name === "one" ? { ...one, sampleAgeLimit: "10m" } : one
  );
  rig.one.answer = () => makeAnswer(503);
  rig.endpoints["two"]!.answer = () => makeAnswer(503);
  await rig.open({ ...rig.options, endpoints });
  await rig.put("a", 1);
  await rig.platform.time.advance(15 * 60_000);
  await rig.put("a", 2);
  for (const name of ["one", "two"]) rig.endpoints[name]!.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [2]);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [1, 2]);
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.ttl, 1);
  rig.checkSum();
  await rig.queue.close();
});

test("what bounds the queue of an endpoint is told, as it is in force", async () => {
  const rig = new Rig({ ttl: "2h" }, ["one", "two"]);
  const [one, two] = rig.options.endpoints;
  await rig.open({
    ...rig.options,
    endpoints: [{ ...one!, sampleAgeLimit: "10m", maxDiskBytes: "1MiB" }, two!],
  });
  const told = (): unknown =>
    rig.queue.stats().endpoints.map(({ ttlMs, diskBytesMax }) => [ttlMs, diskBytesMax]);
  assert.deepEqual(told(), [[600_000, 1 << 20], [7_200_000, 0]]);
  await rig.queue.update({
    ...rig.options,
    ttl: "1h",
    endpoints: [{ ...one!, sampleAgeLimit: "3h" }, two!],
  });
  assert.deepEqual(told(), [[3_600_000, 0], [3_600_000, 0]]);
  await rig.queue.close();
});
