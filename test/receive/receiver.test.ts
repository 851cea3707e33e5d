import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { receiver, remoteWriteHandler } from "../../receiver.ts";
import { Rig } from "../queue/support.ts";
import { compress } from "../support/hysnappy.ts";
import { encodeRequest as encodeForm } from "../support/remote_write.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";

const URL_1 = "http://host/api/v1/write";
const V1 = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
const V2 = {
  "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
  "content-encoding": "snappy",
};

/** A request of remote write with one sample; the time is that of the rig, if there is no other. */
function samples(rig: Rig, values: readonly number[], timestampMs = rig.nowMs()): Uint8Array {
  return encodeRequest(
    values.map((value) => wireSeries({ __name__: `m${value}` }, timestampMs, value)),
  );
}

function post(
  body: Uint8Array | ReadableStream | null,
  headers: Record<string, string> = V1,
  url = URL_1,
): Request {
  const init = { method: "POST", headers, body: body as BodyInit | null, duplex: "half" };
  return new Request(url, init as RequestInit);
}

/** A body whose pieces come when a test says so. */
function slowBody(): { body: ReadableStream; controller: ReadableStreamDefaultController } {
  let controller!: ReadableStreamDefaultController;
  const body = new ReadableStream({ start: (given) => void (controller = given) });
  return { body, controller };
}

test("what is answered with 204 is durable", async () => {
  const rig = await new Rig().open();
  const app = receiver(rig.queue);
  for (const path of ["/api/v1/write", "/api/v1/push"]) {
    const answer = app.fetch(post(samples(rig, [1]), V1, `http://host${path}`));
    assert.equal((await rig.wait(Promise.resolve(answer))).status, 204);
  }
  await rig.crash();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=m1"), [1, 1]);
});

test("remote write 2.0 is answered with what was written", async () => {
  const rig = await new Rig().open();
  const bits = 0x3ff0_0000_0000_0000n;
  const signal = { kind: "sample", timestampMs: BigInt(rig.nowMs()), startMs: 0n, bits } as const;
  const form = {
    series: [{ labels: [["__name__", "m"]] as const, signals: [signal] }],
    metadata: [],
  };
  const body = compress(encodeForm(form, "v2"));
  const answer = await rig.wait(Promise.resolve(receiver(rig.queue).fetch(post(body, V2))));
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("x-prometheus-remote-write-samples-written"), "1");
});

test("what is refused is told, and the rest is kept", async () => {
  const rig = await new Rig().open();
  const handler = remoteWriteHandler(rig.queue);
  const nowMs = rig.nowMs();
  const body = encodeRequest([
    wireSeries({ __name__: "fine" }, nowMs, 1),
    wireSeries({ __name__: "seconds" }, Math.floor(nowMs / 1000), 1),
  ]);
  const answer = await rig.wait(handler(post(body)));
  assert.equal(answer.status, 400);
  const text = await answer.text();
  assert.match(text, /^1 signal was refused and 1 accepted: 1 for ttl: .*looks like seconds/);
  assert.equal(rig.queue.stats().refused.ttl, 1);
});

test("what is no request can be told from what should come again", async () => {
  const rig = await new Rig().open();
  const app = receiver(rig.queue);
  const statusOf = async (request: Request): Promise<number> => (await app.fetch(request)).status;
  assert.equal(await statusOf(post(Uint8Array.of(1, 2, 3))), 400);
  assert.equal(await statusOf(post(samples(rig, [1]), { "content-type": "text/plain" })), 415);
  assert.equal(await statusOf(new Request(URL_1)), 405);
  assert.equal(await statusOf(post(null, V1, "http://host/elsewhere")), 404);
  await rig.wait(rig.queue.close());
  const closed = await app.fetch(post(samples(rig, [1])));
  assert.deepEqual([closed.status, closed.headers.get("retry-after")], [503, "5"]);
});

test("a disk that refuses makes the sender come again", async () => {
  const rig = await new Rig().open();
  rig.platform.files.fault = (step) => step === "write" ? "no_space" : undefined;
  const answer = await rig.wait(remoteWriteHandler(rig.queue)(post(samples(rig, [1]))));
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  rig.platform.files.fault = undefined;
  assert.equal(
    (await rig.wait(remoteWriteHandler(rig.queue)(post(samples(rig, [1]))))).status,
    204,
  );
});

test("a body has a largest size, whether it is declared or not", async () => {
  const rig = await new Rig({ limits: { requestBytesMax: "1KiB" } }).open();
  const handler = remoteWriteHandler(rig.queue);
  const large = new Uint8Array(1025);
  assert.equal((await handler(post(large))).status, 413);
  assert.equal((await handler(post(large, { ...V1, "content-length": "1025" }))).status, 413);
  let pieces = 0;
  const endless = new ReadableStream({
    pull: (controller) => {
      pieces++;
      controller.enqueue(new Uint8Array(100));
    },
  });
  assert.equal((await handler(post(endless))).status, 413);
  assert.ok(pieces < 30, `${pieces} pieces were read`);
});

test("bodies together take no more memory than they may", async () => {
  const rig = await new Rig({ limits: { requestBytesMax: "1KiB" } }).open();
  const handler = remoteWriteHandler(rig.queue, { readingBytesMax: 2048 });
  const slow = [slowBody(), slowBody(), slowBody()];
  const answers = slow.map(({ body }) => handler(post(body)));
  for (const { controller } of slow) controller.enqueue(new Uint8Array(700));
  await rig.platform.time.settle();
  const refused = await Promise.race(answers);
  assert.equal(refused.status, 503);
  for (const { controller } of slow) {
    try {
      controller.close();
    } catch { /* it was cancelled */ }
  }
  const statuses = (await Promise.all(answers)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [400, 400, 503]);
});

test("a body that breaks off or stops says nothing about the data", async () => {
  const rig = await new Rig().open();
  const handler = remoteWriteHandler(rig.queue);
  const broken = slowBody();
  const brokenOff = handler(post(broken.body));
  broken.controller.error(new Error("reset"));
  assert.equal((await brokenOff).status, 503);
  const stopping = slowBody();
  const stopped = handler(post(stopping.body));
  stopping.controller.enqueue(Uint8Array.of(1));
  assert.equal((await rig.wait(stopped, 61_000)).status, 503);
  // It was cancelled: who sends on finds nobody.
  assert.throws(() => stopping.controller.enqueue(Uint8Array.of(2)));
});

test("a body that somebody else has read is a mistake of the application, and the log says so", async () => {
  const rig = await new Rig().open();
  const request = post(samples(rig, [1]));
  await request.arrayBuffer();
  const answer = await remoteWriteHandler(rig.queue)(request);
  assert.equal(answer.status, 500);
  assert.match(rig.logger.lines.join("\n"), /error a request failed .*before what parses bodies/);
});

test("who may send is for the application that it is put into", async () => {
  const rig = await new Rig().open();
  const app = new Hono();
  app.use("/metrics-in/*", async (c, next) => {
    if (c.req.header("authorization") !== "Bearer secret") return c.text("who are you?", 401);
    await next();
  });
  app.route("/metrics-in", receiver(rig.queue));
  const url = "http://host/metrics-in/api/v1/write";
  assert.equal((await app.fetch(post(samples(rig, [1]), V1, url))).status, 401);
  const headers = { ...V1, authorization: "Bearer secret" };
  const answer = app.fetch(post(samples(rig, [1]), headers, url));
  assert.equal((await rig.wait(Promise.resolve(answer))).status, 204);
});

test("less memory than one body may need is refused", async () => {
  const rig = await new Rig({ limits: { requestBytesMax: "1KiB" } }).open();
  for (const readingBytesMax of [2047, NaN, -1]) {
    assert.throws(() => receiver(rig.queue, { readingBytesMax }), RangeError);
  }
});
