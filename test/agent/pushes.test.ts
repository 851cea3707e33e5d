/** What is pushed as text, to the program: who may, what is counted, and when it is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "../queue/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, makeApp } from "./support.ts";

const PATHS: Readonly<Record<string, string>> = {
  "/api/v1/import/prometheus": "a 1\n",
  "/api/v1/import/prometheus/metrics/job/j": "a 1\n",
  "/metrics/job/j": "a 1\n",
  "/metrics/job@base64/Zm9v": "a 1\n",
  "/write": "m v=1\n",
  "/api/v2/write": "m v=1\n",
};

function post(path: string, headers: Record<string, string> = {}, host = "127.0.0.1"): Request {
  const all = { host, ...headers };
  return new Request(`http://${host}${path}`, { method: "POST", headers: all, body: PATHS[path]! });
}

for (const path of Object.keys(PATHS)) {
  test(`${path}: of a page of others, of a foreign name, and before the queue is open`, async () => {
    const rig = await new Rig().open();
    const app = makeApp({ logger: new MemoryLogger(), platform: rig.platform });
    assert.equal((await ask(app.handler, post(path))).status, 503);
    app.open(rig.queue, 1_000_000);
    const page = await ask(app.handler, post(path, { origin: "https://evil.example" }));
    assert.equal(page.status, 403);
    const foreign = await ask(app.handler, post(path, {}, "evil.example"));
    assert.deepEqual([foreign.status, foreign.headers.get("retry-after")], [503, "60"]);
    const answer = await rig.wait(ask(app.handler, post(path)));
    assert.ok(answer.status === 204 || answer.status === 200, `${answer.status}`);
    assert.match(
      (await app.exposition.page()).text,
      /walq_push_requests_total\{kind="\w+",code="20[04]"\} 1/,
    );
  });

  test(`${path} is not there where nothing is to be received`, async () => {
    const rig = await new Rig().open();
    const app = makeApp({ logger: new MemoryLogger(), server: { receives: false } });
    app.open(rig.queue, 1_000_000);
    const answer = await ask(app.handler, post(path));
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /--web\.enable-remote-write-receiver/);
  });
}

test("what came is counted by kind, and refusals are told with who sent them", async () => {
  const rig = await new Rig().open();
  const logger = new MemoryLogger();
  const app = makeApp({ logger, platform: rig.platform });
  app.open(rig.queue, 1_000_000);
  const body = 'm s="x",v=1\nm v=x\n';
  const request = new Request("http://127.0.0.1/write", { method: "POST", body });
  assert.equal((await rig.wait(ask(app.handler, request))).status, 400);
  const { text: page } = await app.exposition.page();
  for (
    const line of [
      'walq_push_requests_total{kind="influx",code="400"} 1',
      `walq_push_bytes_total{kind="influx"} ${body.length}`,
      'walq_push_signals_total{kind="influx"} 1',
      'walq_push_left_out_total{kind="influx",reason="line"} 1',
      'walq_push_left_out_total{kind="influx",reason="string"} 1',
    ]
  ) assert.ok(page.includes(`${line}\n`), `${line} in ${page}`);
  assert.match(logger.lines.join("\n"), /a request was refused .*line 2: got/);
});

test("a push that has no answer yet is in flight", async () => {
  const rig = await new Rig().open();
  const app = makeApp({ logger: new MemoryLogger(), platform: rig.platform });
  app.open(rig.queue, 1_000_000);
  const inFlight = async (): Promise<string | undefined> =>
    /walq_push_requests_in_flight\{kind="influx"\} (\d)/.exec((await app.exposition.page()).text)
      ?.[1];
  const push = (body: BodyInit): Promise<Response> => {
    const init = { method: "POST", body, duplex: "half" };
    return ask(app.handler, new Request("http://127.0.0.1/write", init as RequestInit));
  };
  await rig.wait(push("m v=1\n"));
  assert.equal(await inFlight(), "0");
  let finish = (): void => {};
  const slow = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode("m v=2\n"));
      finish = () => controller.close();
    },
  });
  const answer = push(slow);
  await rig.platform.time.settle();
  assert.equal(await inFlight(), "1");
  finish();
  assert.equal((await rig.wait(answer)).status, 204);
  assert.equal(await inFlight(), "0");
});
