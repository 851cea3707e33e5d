/** Acting on the queue by a request: what is asked, what is refused, and what the log says of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../src/agent/app.ts";
import { ACTION_BYTES_MAX } from "../../src/agent/api/action_body.ts";
import type {
  PassedOver,
  QueueActions,
  RejectedRequest,
  ReplayedBatches,
  RetriedRequests,
} from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { bcryptCompare } from "../../src/agent/web/bcrypt.ts";
import { WebGate } from "../../src/agent/web/web_gate.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, FakeQueue, makeApp } from "./support.ts";

const REJECTED: RejectedRequest = {
  endpoint: "mimir",
  id: "7",
  rejectedAtMs: 1_000,
  cause: "rejected",
  status: 400,
  reason: "out of bounds",
  signals: 3,
  kinds: { samples: 3, histograms: 0, exemplars: 0, metadata: 0 },
  refused: 3,
  bytes: 100,
  oldestMs: 1,
  newestMs: 2,
  protobufMessage: "prometheus.WriteRequest",
};

/** Remembers what it was asked. */
class ActingQueue extends FakeQueue implements QueueActions {
  readonly asked: unknown[] = [];
  failure: Error | undefined;

  override rejected(choice?: unknown): Promise<readonly RejectedRequest[]> {
    return this.#answer(["rejected", choice], [REJECTED]);
  }

  override damagedRejected(choice?: unknown): Promise<PassedOver> {
    const passedOver = { damaged: 1, damagedFiles: ["mimir/rejected/9.rejected"] };
    return this.#answer(["damagedRejected", choice], passedOver);
  }

  override retryRejected(choice?: unknown): Promise<RetriedRequests> {
    const passedOver = { damaged: 1, damagedFiles: ["mimir/rejected/9.rejected"] };
    const retried = { requests: 1, signals: 3, ...passedOver, unknownIds: ["8"] };
    return this.#answer(["retryRejected", choice], retried);
  }

  override replay(choice: unknown): Promise<ReplayedBatches> {
    const passedOver = { damaged: 1, damagedFiles: ["mimir/delivered/1.2.3.delivered"] };
    return this.#answer(["replay", choice], { batches: 2, signals: 4, ...passedOver });
  }

  override dropBefore(choice: unknown): Promise<{ batches: number; signals: number }> {
    return this.#answer(["dropBefore", choice], { batches: 5, signals: 6 });
  }

  #answer<Answer>(asked: unknown, answer: Answer): Promise<Answer> {
    this.asked.push(asked);
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(answer);
  }
}

interface Opened {
  readonly app: App;
  readonly queue: ActingQueue;
  readonly logger: MemoryLogger;
  get(path: string): Promise<Answered>;
  post(path: string, body?: BodyInit, headers?: Record<string, string>): Promise<Answered>;
}

type Answered = readonly [status: number, body: Record<string, unknown>];

function openApp({ hasAdminApi = true, readingBytesMax = 1_000_000 } = {}): Opened {
  const logger = new MemoryLogger();
  const app = makeApp({ logger, hasAdminApi, server: { readingBytesMax } });
  const queue = new ActingQueue();
  app.open(queue, 1_000);
  const send = async (path: string, init: RequestInit): Promise<Answered> => {
    const request = new Request(`http://127.0.0.1:9099/api/v1/queue/${path}`, init);
    const answer = await ask(app.handler, request);
    const text = await answer.text();
    return [answer.status, text.startsWith("{") ? JSON.parse(text) : { text }];
  };
  return {
    app,
    queue,
    logger,
    get: (path) => send(path, {}),
    post: (path, body, headers = {}) => send(path, { method: "POST", body: body ?? null, headers }),
  };
}

test("what was refused is listed for everybody who may ask, of all endpoints or of one", async () => {
  const { get, queue } = openApp({ hasAdminApi: false });
  assert.deepEqual(await get("rejected"), [200, { status: "success", data: [REJECTED] }]);
  assert.deepEqual(await get("rejected/damaged?endpoint=mimir"), [200, {
    status: "success",
    data: { damaged: 1, damagedFiles: ["mimir/rejected/9.rejected"] },
  }]);
  assert.equal((await get("rejected?endpoint=mimir"))[0], 200);
  assert.deepEqual(queue.asked, [
    ["rejected", { endpoint: undefined }],
    ["damagedRejected", { endpoint: "mimir" }],
    ["rejected", { endpoint: "mimir" }],
  ]);
});

test("an action does what its body says, answers in Prometheus's form, and is told in the log", async () => {
  const { post, queue, logger } = openApp();
  const drop = await post("drop", '{"endpoint":"mimir","before_ms":1000}');
  assert.deepEqual(drop, [200, { status: "success", data: { batches: 5, signals: 6 } }]);
  const [, replayed] = await post("replay", '{"from_ms":1000,"to_ms":2000,"dry_run":true}');
  assert.deepEqual(replayed["data"], {
    batches: 2,
    signals: 4,
    damaged: 1,
    damagedFiles: ["mimir/delivered/1.2.3.delivered"],
  });
  const [, retried] = await post("retry-rejected", "{}");
  assert.deepEqual(retried["data"], {
    requests: 1,
    signals: 3,
    damaged: 1,
    damagedFiles: ["mimir/rejected/9.rejected"],
    unknownIds: ["8"],
  });
  assert.equal((await post("retry-rejected", '{"ids":["7","8"]}'))[0], 200);
  assert.deepEqual(queue.asked, [
    ["dropBefore", { endpoint: "mimir", beforeMs: 1_000, future: undefined, dryRun: undefined }],
    ["replay", { endpoint: undefined, fromMs: 1_000, toMs: 2_000, dryRun: true }],
    ["retryRejected", {}],
    ["retryRejected", { ids: ["7", "8"] }],
  ]);
  const told = logger.lines.filter((line) => line.includes("somebody acted on the queue"));
  assert.equal(
    told[0],
    'info somebody acted on the queue {"action":"drop","from":"192.0.2.1",' +
      '"asked_endpoint":"mimir","before":"1970-01-01T00:00:01.000Z","batches":5,"signals":6}',
  );
  assert.equal(told.length, 4);
});

test("where a web configuration file knows users, the log has the name of who acted", async () => {
  const { app, queue, logger } = openApp();
  const users = new Map([[
    "alice",
    "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS",
  ]]);
  const current = { tls: undefined, headers: {}, users, rateLimit: undefined, remarks: [] };
  const clock = new VirtualClock();
  const file = { current, look: () => Promise.resolve() };
  const gate = new WebGate({ file, handler: app.handler, clock, logger, compare: bcryptCompare });
  const drop = async (login: string): Promise<number> => {
    const headers = { authorization: `Basic ${btoa(login)}` };
    const init = { method: "POST", headers, body: '{"before_ms":1000}' };
    const url = "http://127.0.0.1:9099/api/v1/queue/drop";
    const { status } = await ask(gate.handler, new Request(url, init));
    // The rest behind a comparison.
    await clock.advance(60_000);
    return status;
  };
  assert.equal(await drop("alice:open sesame"), 200);
  assert.equal(await drop("alice:wrong"), 401);
  queue.failure = new WalqError("STORAGE", "the disk is gone");
  assert.equal(await drop("alice:open sesame"), 503);
  const told = logger.lines.filter((line) => line.includes("on the queue"));
  assert.equal(told.length, 2);
  for (const line of told) {
    assert.match(line, /{"action":"drop","from":"192\.0\.2\.1","user":"alice","before":/);
  }
});

test("without the option nobody acts, and is told which one it is", async () => {
  const { post, queue } = openApp({ hasAdminApi: false });
  for (const name of ["drop", "replay", "retry-rejected"]) {
    const [status, { errorType, error }] = await post(name, '{"before_ms":1}');
    assert.deepEqual([status, errorType], [403, "forbidden"]);
    assert.match(String(error), /server\.enable_admin_api \(--web\.enable-admin-api/);
  }
  assert.deepEqual(queue.asked, []);
});

test("a body that is wrong is refused by the name of its field, and nothing is done", async () => {
  const { post, queue } = openApp();
  const wrong: readonly [path: string, body: BodyInit, error: RegExp][] = [
    ["drop", "", /^the body: got none, expected an object such as \{"before_ms":\d+\}$/],
    ["retry-rejected", "", /^the body: got none, expected an object such as .*, or \{\} for all$/],
    ["retry-rejected", " \n", /^the body: got none, expected an object such as /],
    ["drop", "{}", /^before_ms: missing$/],
    ["drop", '{"before_ms":"1"}', /^before_ms: got "1", expected milliseconds/],
    ["drop", '{"before_ms":1.5}', /^before_ms: got 1.5, expected whole milliseconds/],
    ["drop", '{"before_ms":1e300}', /^before_ms: got 1e\+300, expected/],
    ["drop", '{"before_ms":9007199254740991}', /^before_ms: got 9007199254740991, expected a time/],
    ["drop", '{"before_ms":1,"endpoint":""}', /^endpoint: got a length of 0, expected the name/],
    ["drop", '{"before_ms":1,"endpoint":{}}', /^endpoint: got Object, expected the name/],
    ["drop", '{"before_ms":1,"future":"yes"}', /^future: got "yes", expected true or false$/],
    ["drop", '{"before_ms":1,"all":true}', /^all: unknown key$/],
    ["drop", '{"before_ms":1,"__proto__":{}}', /^__proto__: unknown key$/],
    ["drop", '{"before_ms":1,"dry_run":1}', /^dry_run: got 1, expected true or false$/],
    ["drop", "[]", /^the body: got a list, expected an object such as \{"before_ms":\d+\}$/],
    ["drop", "null", /^the body: got null, expected an object such as \{"before_ms":\d+\}$/],
    ["drop", '{"":{"before_ms":1},"before_ms":1}', /^the body, the key "": unknown key$/],
    ["replay", "7", /^the body: got a number, expected an object such as \{"from_ms":\d+,/],
    ["retry-rejected", "[]", /^the body: got a list, expected an object such as \{"endpoint":/],
    ["retry-rejected", '"a"', /^the body: got a string, expected an object such as \{"endpoint":/],
    ["drop", '{"before_ms":', /^the body is no JSON: it ends at column 14, wanted a value$/],
    ["drop", Uint8Array.of(0x22, 0xff, 0x22), /^the body is no UTF-8$/],
    ["replay", '{"from_ms":1}', /^to_ms: missing$/],
    ["replay", '{"from_ms":2,"to_ms":2}', /^the body: expected from_ms before to_ms$/],
    ["retry-rejected", '{"ids":[]}', /^ids: got a length of 0, expected at least one id/],
    ["retry-rejected", '{"ids":["a",7]}', /^ids\.1: got 7, expected an id, which is a text$/],
    ["retry-rejected", '{"ids":"a"}', /^ids: got "a", expected a list of ids$/],
  ];
  for (const [path, body, expected] of wrong) {
    const [status, { status: word, errorType, error }] = await post(path, body);
    assert.deepEqual([status, word, errorType], [400, "error", "bad_data"], `${path} ${body}`);
    assert.match(String(error), expected);
  }
  const [status, { error }] = await post("drop", `"${"x".repeat(ACTION_BYTES_MAX)}"`);
  assert.deepEqual([status, error], [413, `the body has more than ${ACTION_BYTES_MAX} bytes`]);
  assert.deepEqual(queue.asked, []);
  // The room of what was refused is given back.
  for (let more = 0; more < 20; more++) await post("drop", '{"before_ms":1}');
  assert.equal(queue.asked.length, 20);
});

test("what the queue says of an action is the answer, and is in the log", async () => {
  const { post, get, queue, logger } = openApp();
  queue.failure = new WalqError("INVALID_OPTIONS", 'got endpoint "x", expected one of "mimir"');
  const refused = await post("drop", '{"endpoint":"x","before_ms":1}');
  assert.deepEqual([refused[0], refused[1]["errorType"]], [400, "bad_data"]);
  assert.match(String(refused[1]["error"]), /expected one of/);
  queue.failure = new WalqError("STORAGE", "the disk is gone");
  assert.deepEqual((await post("drop", '{"before_ms":1}'))[0], 503);
  assert.deepEqual((await get("rejected"))[0], 503);
  const failed = logger.lines.filter((line) => line.includes("an action on the queue failed"));
  assert.equal(failed.length, 2);
});

test("nobody acts by another method, from a foreign page, or before the queue is open", async () => {
  const { get, post, app, queue } = openApp();
  for (const name of ["drop", "replay", "retry-rejected"]) assert.equal((await get(name))[0], 405);
  assert.equal((await post("rejected"))[0], 405);
  assert.equal((await post("rejected/damaged"))[0], 405);
  const foreign = await post("drop", '{"before_ms":1}', { origin: "https://evil.example" });
  assert.equal(foreign[0], 403);
  app.close();
  assert.deepEqual((await post("drop", '{"before_ms":1}'))[0], 503);
  assert.deepEqual((await get("rejected"))[0], 503);
  assert.deepEqual(queue.asked, []);
});

test("a body waits for room as all that is received does", async () => {
  const { post } = openApp({ readingBytesMax: ACTION_BYTES_MAX - 1 });
  const [status, { errorType }] = await post("drop", '{"before_ms":1}');
  assert.deepEqual([status, errorType], [503, "unavailable"]);
});
