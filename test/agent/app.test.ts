import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../src/agent/app.ts";
import { WalqError, type WalqErrorCode } from "../../src/errors.ts";
import type { WriteResult } from "../../src/types.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ACCEPTED, ask, deferred, FakeQueue, makeApp } from "./support.ts";

const BYTES_MAX = 1_000;
const HEADERS = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };

interface Opened {
  readonly app: App;
  readonly queue: FakeQueue;
  readonly logger: MemoryLogger;
  send(path: string, init?: RequestInit): Promise<Response>;
  push(body: BodyInit | null, headers?: Record<string, string>): Promise<Response>;
}

function openApp({ readingBytesMax = 10_000 } = {}): Opened {
  const logger = new MemoryLogger();
  const app = makeApp({ logger, server: { readingBytesMax } });
  const queue = new FakeQueue();
  app.open(queue, BYTES_MAX);
  const send = (path: string, init: RequestInit = {}): Promise<Response> =>
    ask(app.handler, new Request(`http://127.0.0.1:9099${path}`, init));
  const push = (
    body: BodyInit | null,
    headers: Record<string, string> = HEADERS,
  ): Promise<Response> =>
    send("/api/v1/write", { method: "POST", body, headers, duplex: "half" } as RequestInit);
  return { app, queue, logger, send, push };
}

/** A body of chunks that comes in as it is read; `endless` never ends. */
function streamOf(
  chunkBytes: number,
  chunks: number,
): {
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  state: { cancelled: boolean; pulled: number };
} {
  const state = { cancelled: false, pulled: 0 };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      if (state.pulled++ < chunks) {
        controller.enqueue(new Uint8Array(chunkBytes).fill(state.pulled));
      } else controller.close();
    },
    cancel: () => {
      state.cancelled = true;
    },
  });
  return { stream, state };
}

test("a request is answered 204 after the queue has it, on both paths", async () => {
  const { queue, send, push } = openApp();
  assert.equal((await push(Uint8Array.of(1, 2, 3))).status, 204);
  const other = await send("/api/v1/push", {
    method: "POST",
    headers: HEADERS,
    body: Uint8Array.of(4),
  });
  assert.equal(other.status, 204);
  assert.deepEqual(queue.written.map((bytes) => [...bytes]), [[1, 2, 3], [4]]);
});

test("a body in many chunks arrives whole", async () => {
  const { queue, push } = openApp();
  assert.equal((await push(streamOf(33, 30).stream)).status, 204);
  assert.equal(queue.written[0]!.length, 990);
  assert.ok(queue.written[0]!.every((byte, index) => byte === Math.floor(index / 33) + 1));
});

test("a body that is too large is 413, by its length and while it comes", async () => {
  const { queue, push } = openApp();
  const answer = await push(new Uint8Array(BYTES_MAX + 1));
  assert.equal(answer.status, 413);
  assert.match(await answer.text(), /larger than 1000 bytes/);
  const endless = streamOf(100, Infinity);
  assert.equal((await push(endless.stream)).status, 413);
  assert.ok(endless.state.pulled < 20);
  assert.equal(endless.state.cancelled, true);
  const declared = { ...HEADERS, "content-length": "99999999999" };
  assert.equal((await push(streamOf(1, 1).stream, declared)).status, 413);
  assert.equal(queue.written.length, 0);
});

test("a Content-Length that is not true does no harm", async () => {
  const { queue, push } = openApp();
  assert.equal(
    (await push(streamOf(10, 5).stream, { ...HEADERS, "content-length": "20" })).status,
    204,
  );
  assert.equal(queue.written[0]!.length, 50);
  assert.equal(
    (await push(streamOf(10, 1).stream, { ...HEADERS, "content-length": "900" })).status,
    204,
  );
  assert.equal(queue.written[1]!.length, 10);
});

test("content that is not remote write 1.0 is 415 and its body is not read", async () => {
  const { queue, push } = openApp();
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...HEADERS, "content-type": "text/plain" }, /Got Content-Type "text\/plain"/],
    [{ ...HEADERS, "content-encoding": "br" }, /Content-Encoding "br"/],
    [{ ...HEADERS, "content-type": "application/x-protobuf; proto=other" }, /proto "other"/],
  ];
  for (const [headers, message] of cases) {
    const endless = streamOf(100, Infinity);
    const answer = await push(endless.stream, headers);
    assert.equal(answer.status, 415);
    assert.match(await answer.text(), message);
    assert.ok(endless.state.pulled <= 1);
  }
  const spelled = {
    "content-type": 'Application/X-Protobuf; proto="prometheus.WriteRequest"',
    "content-encoding": "Snappy",
  };
  assert.equal((await push(Uint8Array.of(1), spelled)).status, 204);
  assert.equal((await push(Uint8Array.of(2), {})).status, 204, "as Prometheus takes it");
  assert.equal(queue.written.length, 2);
});

test("what the queue refuses has its status, and a retry is told when", async () => {
  const { queue, push } = openApp();
  const statuses: [WalqErrorCode, number][] = [
    ["INVALID_REQUEST", 400],
    ["TOO_LARGE", 413],
    ["UNSUPPORTED_CONTENT", 415],
    ["STORAGE", 503],
    ["OVERLOADED", 503],
    ["CLOSED", 503],
  ];
  for (const [code, status] of statuses) {
    queue.onWrite = () => Promise.reject(new WalqError(code, `because of ${code}`));
    const answer = await push(Uint8Array.of(1));
    assert.equal(answer.status, status, code);
    assert.equal(answer.headers.has("retry-after"), status === 503, code);
    assert.match(await answer.text(), new RegExp(`because of ${code}`));
  }
});

test("a bug in the queue is a 500 without its words, and is logged", async () => {
  const { queue, push, logger } = openApp();
  queue.onWrite = () => Promise.reject(new TypeError("BUG: internals"));
  const answer = await push(Uint8Array.of(1));
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /internals/);
  assert.match(logger.lines.join(), /internals/);
});

test("what was not kept is 400 with the counts, each reason and the first offender", async () => {
  const { queue, push } = openApp();
  queue.onWrite = () =>
    Promise.resolve({
      accepted: 8,
      kinds: samplesOnly(8),
      expired: 0,
      invalid: 2,
      unsupported: 0,
      firstInvalid: "series 3: empty name",
    });
  const answer = await push(Uint8Array.of(1));
  assert.equal(answer.status, 400);
  assert.equal(
    await answer.text(),
    "2 signals were refused and 8 accepted: 2 for invalid: series 3: empty name\n",
  );
  queue.onWrite = () => Promise.resolve({ ...ACCEPTED, invalid: 1, firstInvalid: "no name" });
  assert.equal(
    await (await push(Uint8Array.of(1))).text(),
    "1 signal was refused and 1 accepted: 1 for invalid: no name\n",
  );
  queue.onWrite = () =>
    Promise.resolve({
      ...ACCEPTED,
      expired: 5,
      unsupported: 4,
      firstExpired: 'metric "up": timestamp 1',
      firstUnsupported: 'metric "up": an exemplar',
    });
  const old = await push(Uint8Array.of(1));
  assert.equal(old.status, 400);
  assert.equal(
    await old.text(),
    '9 signals were refused and 1 accepted: 5 for ttl: metric "up": timestamp 1; ' +
      '4 for unsupported: metric "up": an exemplar\n',
  );
});

test("bodies together stay below a bound, and it is free again after each", async () => {
  const { queue, push } = openApp({ readingBytesMax: 1_500 });
  const held = deferred<WriteResult>();
  const reached = deferred<void>();
  queue.onWrite = () => {
    reached.resolve();
    return held.promise;
  };
  const first = push(new Uint8Array(900));
  await reached.promise;
  const second = await push(new Uint8Array(900));
  assert.equal(second.status, 503);
  assert.equal(second.headers.get("retry-after"), "5");
  held.resolve(ACCEPTED);
  assert.equal((await first).status, 204);
  assert.equal((await push(new Uint8Array(900))).status, 204);
});

test("methods and paths that are not there are 405 and 404", async () => {
  const { send } = openApp();
  const wrong = await send("/api/v1/write");
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "POST");
  for (const path of ["/-/healthy", "/-/ready", "/metrics", "/api/v1/status"]) {
    assert.equal((await send(path, { method: "POST" })).status, 405, path);
    assert.equal((await send(path)).status, 200, path);
  }
  assert.equal((await send("/nothing")).status, 404);
});

test("health is told always, readiness only while requests are taken", async () => {
  const { app, send, push } = openApp();
  app.close();
  assert.equal((await send("/-/healthy")).status, 200);
  const ready = await send("/-/ready");
  assert.equal(ready.status, 503);
  assert.equal(await ready.text(), "walq is closing.\n");
  const answer = await push(Uint8Array.of(1));
  assert.equal(answer.status, 503);
  assert.ok(answer.headers.has("retry-after"));
});

test("the status tells every endpoint, and no secret", async () => {
  const { queue, send } = openApp();
  queue.url = "https://user:hunter2@mimir.example/api/v1/push?token=hunter2";
  const text = await (await send("/api/v1/status")).text();
  assert.doesNotMatch(text, /hunter2/);
  const status = JSON.parse(text);
  assert.equal(status.phase, "ready");
  assert.equal(status.queue.bufferedSignals, 7);
  assert.equal(status.endpoints[0].name, "mimir");
  assert.equal(status.endpoints[0].url, "https://...@mimir.example/api/v1/push?...");
  assert.equal(status.endpoints[0].pendingSignals, 40);
});

const HEADERS_V2 = {
  ...HEADERS,
  "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
};

function written(answer: Response): (string | null)[] {
  return ["samples", "histograms", "exemplars"].map((kind) =>
    answer.headers.get(`x-prometheus-remote-write-${kind}-written`)
  );
}

test("a sender of remote write 2.0 learns what was written, whether all of it was or not", async () => {
  const { queue, push } = openApp();
  const kinds = { samples: 5, histograms: 2, exemplars: 0, metadata: 1 };
  const result = { accepted: 8, kinds, expired: 0, invalid: 0, unsupported: 0 };
  queue.onWrite = () => Promise.resolve(result);
  const whole = await push(Uint8Array.of(1), HEADERS_V2);
  assert.equal(whole.status, 204);
  assert.deepEqual(written(whole), ["5", "2", "0"]);
  for (const refused of ["expired", "invalid", "unsupported"]) {
    queue.onWrite = () => Promise.resolve({ ...result, [refused]: 1 });
    const part = await push(Uint8Array.of(1), HEADERS_V2);
    assert.equal(part.status, 400);
    assert.deepEqual(written(part), ["5", "2", "0"]);
  }
  assert.deepEqual(written(await push(Uint8Array.of(1))), [null, null, null]);
});

test("a sender of 2.0 learns that nothing was written, by every refusal of what is understood", async () => {
  const { app, queue, push } = openApp();
  const failures: [Error, number][] = [
    [new WalqError("INVALID_REQUEST", "malformed"), 400],
    [new WalqError("TOO_LARGE", "inside of snappy"), 413],
    [new WalqError("STORAGE", "disk full"), 503],
    [new WalqError("OVERLOADED", "later"), 503],
    [new TypeError("BUG: internals"), 500],
  ];
  for (const [error, status] of failures) {
    queue.onWrite = () => Promise.reject(error);
    const answer = await push(Uint8Array.of(1), HEADERS_V2);
    assert.equal(answer.status, status);
    assert.deepEqual(written(answer), ["0", "0", "0"], String(status));
    assert.equal(answer.headers.has("retry-after"), status === 503);
    assert.deepEqual(written(await push(Uint8Array.of(1))), [null, null, null], "1.0 has no such");
  }
  const large = await push(new Uint8Array(BYTES_MAX + 1), HEADERS_V2);
  assert.equal(large.status, 413);
  assert.deepEqual(written(large), ["0", "0", "0"]);
  app.close();
  const closed = await push(Uint8Array.of(1), HEADERS_V2);
  assert.equal(closed.status, 503);
  assert.deepEqual(written(closed), ["0", "0", "0"]);
});

test("a 415 says nothing of what was written: the sender must not take it for knowledge of 2.0", async () => {
  const { queue, push } = openApp();
  const brotli = await push(Uint8Array.of(1), { ...HEADERS_V2, "content-encoding": "br" });
  assert.equal(brotli.status, 415);
  assert.deepEqual(written(brotli), [null, null, null]);
  queue.onWrite = () => Promise.reject(new WalqError("UNSUPPORTED_CONTENT", "no"));
  const refused = await push(Uint8Array.of(1), HEADERS_V2);
  assert.equal(refused.status, 415);
  assert.deepEqual(written(refused), [null, null, null]);
});
