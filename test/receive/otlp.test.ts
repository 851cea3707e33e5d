import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { otlpHandler, receiver } from "../../receiver.ts";
// Loaded by the first request otherwise, in a time that is not the rig's.
import "../../src/receive/otlp.ts";
import { Rig } from "../queue/support.ts";
import {
  decodeResponse,
  decodeStatus,
  encodeOtlp,
  jsonOtlp,
  nano,
  type OtlpJson,
  requestOf,
} from "../support/otlp.ts";
// Loaded with the first request; virtual time does not wait for that.
import "../../src/receive/otlp.ts";

const PROTOBUF = { "content-type": "application/x-protobuf" };
const JSON_TYPE = { "content-type": "application/json" };
const PATHS = ["/api/v1/otlp/v1/metrics", "/v1/metrics"];

function requestAt(timeMs: number, ...names: readonly string[]): OtlpJson {
  const point = { timeUnixNano: nano(timeMs), asInt: "1" };
  return requestOf(names.map((name) => ({ name, gauge: { dataPoints: [point] } })));
}

function post(
  body: Uint8Array,
  headers: Record<string, string> = PROTOBUF,
  url = `http://host${PATHS[0]}`,
): Request {
  return new Request(url, { method: "POST", headers, body: body as BodyInit });
}

async function bytesOf(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}

test("what is answered with 200 is durable, in both forms, at both paths, under gzip too", async () => {
  const rig = await new Rig().open();
  const app = receiver(rig.queue);
  const request = requestAt(rig.nowMs(), "m");
  const forms = [
    post(encodeOtlp(request)),
    post(jsonOtlp(request), { "content-type": "application/json; charset=utf-8" }),
    post(encodeOtlp(request), PROTOBUF, `http://host${PATHS[1]}`),
    post(gzipSync(encodeOtlp(request)), { ...PROTOBUF, "content-encoding": "gzip" }),
  ];
  for (const form of forms) {
    const answer = await rig.wait(Promise.resolve(app.fetch(form)));
    assert.equal(answer.status, 200);
    const isJson = form.headers.get("content-type")!.includes("json");
    assert.equal(
      answer.headers.get("content-type"),
      isJson ? "application/json" : PROTOBUF["content-type"],
    );
    assert.equal(await answer.text(), isJson ? "{}" : "");
  }
  await rig.crash();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m"), [1, 1, 1, 1]);
});

test("zstd is taken where the runtime has it", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue);
  const body = encodeOtlp(requestAt(rig.nowMs(), "m"));
  const compress = rig.platform.compressZstd;
  const headers = { ...PROTOBUF, "content-encoding": "zstd" };
  const answer = await rig.wait(handler(post(compress?.(body) ?? body, headers)));
  assert.equal(answer.status, compress === undefined ? 415 : 200);
});

test("what is refused is counted and told in the answer, and the rest is kept", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue);
  const delta = { aggregationTemporality: 1, dataPoints: [{ asInt: "1" }, { asInt: "2" }] };
  const mixed: OtlpJson = {
    resourceMetrics: [
      ...requestAt(rig.nowMs(), "fine").resourceMetrics,
      ...requestAt(1_000, "old").resourceMetrics,
      ...requestOf([{ name: "delta", sum: delta }]).resourceMetrics,
    ],
  };
  const answer = await rig.wait(handler(post(encodeOtlp(mixed))));
  assert.equal(answer.status, 200);
  const { partialSuccess } = decodeResponse(await bytesOf(answer)) as {
    partialSuccess: { rejectedDataPoints: number; errorMessage: string };
  };
  assert.equal(partialSuccess.rejectedDataPoints, 3);
  assert.match(
    partialSuccess.errorMessage,
    /^2 of 4 data points cannot be taken: metric "delta" has delta temporality, expected cumulative; 1 signal was refused and 3 accepted: 1 for ttl: /,
  );
  const json = await rig.wait(handler(post(jsonOtlp(mixed), JSON_TYPE)));
  const { partialSuccess: inJson } = await json.json();
  assert.equal(inJson.rejectedDataPoints, "3");
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=fine"), [1, 1]);
  const lines = rig.logger.lines.filter((line) => line.startsWith("warn a request was refused"));
  assert.equal(lines.length, 1);
});

test("warnings are told beside a success", async () => {
  const rig = await new Rig().open();
  const request = requestOf([{ name: "empty", gauge: { dataPoints: [] } }]);
  const answer = await otlpHandler(rig.queue)(post(jsonOtlp(request), JSON_TYPE));
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), {
    partialSuccess: { rejectedDataPoints: "0", errorMessage: 'metric "empty" has no data points' },
  });
});

test("what cannot be taken is answered with a status, in the form of the request", async () => {
  const rig = await new Rig({ limits: { requestBytesMax: 1_024, uncompressedBytesMax: 2_048 } })
    .open();
  const app = receiver(rig.queue);
  const statusOf = async (request: Request): Promise<unknown> => {
    const answer = await app.fetch(request);
    const isJson = answer.headers.get("content-type") === "application/json";
    const body = isJson ? await answer.json() : decodeStatus(await bytesOf(answer));
    return [answer.status, isJson, body.code, body.message];
  };
  assert.deepEqual(await statusOf(post(Uint8Array.of(10, 5))), [
    400,
    false,
    3,
    "Cannot read OTLP: resource_metrics at byte 2: got a length of 5, expected at most the 0 that are left",
  ]);
  assert.deepEqual(await statusOf(post(Uint8Array.of(1), JSON_TYPE)), [
    400,
    true,
    3,
    "Cannot read OTLP: the body is no JSON",
  ]);
  assert.deepEqual(await statusOf(post(new Uint8Array(1), { "content-type": "text/plain" })), [
    415,
    true,
    12,
    'Got Content-Type "text/plain", expected "application/x-protobuf" or "application/json"',
  ]);
  const snappy = post(new Uint8Array(1), { ...PROTOBUF, "content-encoding": "snappy" });
  assert.deepEqual(await statusOf(snappy), [
    415,
    false,
    12,
    'Got Content-Encoding "snappy", expected "gzip", "zstd" or "identity"',
  ]);
  const large = await statusOf(post(new Uint8Array(1_025))) as unknown[];
  assert.deepEqual(large.slice(0, 3), [413, false, 8]);
  const bomb = post(gzipSync(new Uint8Array(3_000)), { ...PROTOBUF, "content-encoding": "gzip" });
  assert.deepEqual((await statusOf(bomb) as unknown[]).slice(0, 3), [413, false, 8]);
  assert.equal((await app.fetch(new Request(`http://host${PATHS[1]}`))).status, 405);
});

test("what should come again gets a 503 and Retry-After, and nothing of it is kept", async () => {
  const rig = await new Rig().open();
  const handler = otlpHandler(rig.queue);
  const body = encodeOtlp(requestAt(rig.nowMs(), "m"));
  await rig.wait(rig.queue.close());
  const answer = await handler(post(body));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "5");
  assert.equal(decodeStatus(await bytesOf(answer))["code"], 14);
});

test("series have the names that the options say", async () => {
  const rig = await new Rig().open();
  const app = receiver(rig.queue, { otlp: { translationStrategy: "NoTranslation" } });
  const body = encodeOtlp(requestAt(rig.nowMs(), "a.b"));
  assert.equal((await rig.wait(Promise.resolve(app.fetch(post(body))))).status, 200);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a.b"), [1]);
  const wrong = { otlp: { promoteResourceAttributes: ["a", "a"] } };
  assert.throws(() => receiver(rig.queue, wrong), RangeError);
});
