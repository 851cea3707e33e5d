import assert from "node:assert/strict";
import { test } from "node:test";
import { UnreadBodyError } from "../../src/receive/read_body.ts";
import type { App } from "../../src/agent/app.ts";
import type { ReadChunks } from "../../src/receive/incoming.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { FakeQueue, makeApp, responseOf } from "./support.ts";

const MINUTE_MS = 60_000;

/** A receiver and a sender whose body comes when a test says so. */
class Rig {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly queue = new FakeQueue();
  readonly app: App;
  send: (bytes: Uint8Array) => void = () => {};
  end: () => void = () => {};
  breakOff: () => void = () => {};

  constructor(readingBytesMax = 10_000) {
    const platform = { name: "memory", clock: this.clock } as const;
    this.app = makeApp({ platform, logger: this.logger, server: { readingBytesMax } });
    this.app.open(this.queue, 1_000_000);
  }

  push(headers: Record<string, string> = {}): Promise<Response> {
    const readChunks: ReadChunks = (take) =>
      new Promise((resolve, reject) => {
        this.end = resolve;
        this.breakOff = () => reject(new UnreadBodyError("broken off", false));
        this.send = (bytes) => {
          try {
            take(bytes);
          } catch (error) {
            reject(error);
          }
        };
      });
    const request = new Request("http://walq/api/v1/write", { method: "POST", headers });
    const incoming = { readChunks, from: "192.0.2.7", hostname: "127.0.0.1" };
    return Promise.resolve(this.app.handler(request, incoming)).then(responseOf);
  }
}

test("a body that keeps arriving is taken, however slowly", async () => {
  const rig = new Rig();
  const answer = rig.push({ "content-length": "12" });
  for (let byte = 0; byte < 12; byte++) {
    await rig.clock.advance(MINUTE_MS - 1);
    rig.send(Uint8Array.of(byte));
  }
  rig.end();
  assert.equal((await answer).status, 204);
  assert.equal(rig.queue.written[0]!.length, 12);
  assert.equal(rig.clock.timers, 0);
});

test("a body that stops is answered with a status that lets the sender come again", async () => {
  const rig = new Rig();
  const answer = rig.push({ "user-agent": "slow/1" });
  rig.send(Uint8Array.of(1));
  await rig.clock.advance(MINUTE_MS);
  const { status, headers } = await answer;
  assert.equal(status, 503);
  assert.equal(headers.get("retry-after"), "5");
  assert.match(
    rig.logger.lines.join(),
    /warn a request was refused .*stopped for 60 s.*192\.0\.2\.7.*slow\/1/,
  );
  // What comes afterwards is not taken, and not kept.
  rig.send(Uint8Array.of(2));
  assert.equal(rig.queue.written.length, 0);
});

test("a body that trickles for ever is cut in the end", async () => {
  const rig = new Rig();
  const answer = rig.push();
  for (let minute = 0; minute < 30; minute++) {
    rig.send(Uint8Array.of(1));
    await rig.clock.advance(MINUTE_MS / 2);
  }
  const { status } = await answer;
  assert.equal(status, 503);
  assert.equal(rig.queue.written.length, 0);
});

test("bodies that stop hold what they sent, and nobody else's memory", async () => {
  const rig = new Rig(1_000_000);
  const stopped = Array.from({ length: 200 }, () => {
    const answer = rig.push({ "content-length": "500000" });
    rig.send(new Uint8Array(100));
    return answer;
  });
  const other = rig.push();
  rig.send(new Uint8Array(50_000));
  rig.end();
  assert.equal((await other).status, 204);
  await rig.clock.advance(MINUTE_MS);
  const statuses = await Promise.all(stopped.map(async (answer) => (await answer).status));
  assert.deepEqual(new Set(statuses), new Set([503]));
  const whole = rig.push({ "content-length": "900000" });
  rig.send(new Uint8Array(900_000));
  rig.end();
  assert.equal((await whole).status, 204, "all of it is free again");
});

test("a body that breaks off says nothing about the data, and nothing to the log", async () => {
  const rig = new Rig();
  const answer = rig.push();
  rig.send(Uint8Array.of(1));
  rig.breakOff();
  assert.equal((await answer).status, 503);
  assert.deepEqual(rig.logger.lines, []);
});

test("a 415 and a 400 are logged once in a while, with who sent it", async () => {
  const rig = new Rig();
  const headers = { "content-encoding": "br", "user-agent": `odd/2 ${"x".repeat(1_000)}` };
  for (let time = 0; time < 5; time++) assert.equal((await rig.push(headers)).status, 415);
  assert.equal(rig.logger.lines.length, 1);
  assert.match(rig.logger.lines[0]!, /"status":415,"error":"Got Content-Encoding \\"br\\"/);
  assert.match(rig.logger.lines[0]!, /"from":"192\.0\.2\.7","user_agent":"odd\/2 x/);
  assert.ok(rig.logger.lines[0]!.length < 400);
  await rig.clock.advance(MINUTE_MS);
  rig.queue.onWrite = () =>
    Promise.resolve({
      accepted: 0,
      kinds: { samples: 0, histograms: 0, exemplars: 0, metadata: 0 },
      expired: 0,
      invalid: 1,
      unsupported: 0,
      firstInvalid: 'label "a" twice in the series "m"',
    });
  const bad = rig.push();
  rig.end();
  assert.equal((await bad).status, 400);
  assert.match(rig.logger.lines[1]!, /"status":400,.*series \\"m\\"".*"more_like_it":4/);
});
