/** Methods and targets that no sender and no browser uses, on real sockets: each has an answer, and no line of an error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "../../src/agent/host.ts";
import { listen } from "../../src/agent/hosts/http_server.ts";
import { portOf } from "../../src/agent/listen_address.ts";
import { MemoryPlatform, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { RawClient } from "../support/raw_client.ts";
import { FakeQueue, makeApp } from "../agent/support.ts";

type Say = (line: string) => Promise<readonly [status: number | undefined, head: string]>;

async function withServer(
  use: (say: Say, logger: MemoryLogger) => Promise<void>,
  handlerOf: (own: Handler) => Handler = (own) => own,
): Promise<void> {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const pageHost = new MemoryPlatform();
  const app = makeApp({ platform: { name: "memory", clock }, logger, pageHost });
  app.open(new FakeQueue(), 100_000);
  const addresses = [{ hostname: "127.0.0.1", port: 0 }];
  const listener = await listen({ addresses, handler: handlerOf(app.handler), logger }, clock);
  try {
    await use(async (line) => {
      const client = await RawClient.open(portOf(listener));
      client.send(`${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      await client.closed();
      return [client.statuses[0], client.got];
    }, logger);
  } finally {
    app.close();
    await listener.kill();
  }
}

/** What no `Request` of `fetch` may have (TRACE), and what routers seldom hear of. */
const ODD = ["TRACE", "OPTIONS", "PROPFIND", "PURGE", "QUERY", "M-SEARCH"];

test("a method that a path does not have is a 405 that says which ones it has", () =>
  withServer(async (say, logger) => {
    const allowed: Readonly<Record<string, string>> = {
      "/": "GET, HEAD",
      "/metrics": "GET, HEAD",
      "/api/v1/status/config": "GET, HEAD",
      "/api/v1/write": "POST",
      "http://walq.example:9099/metrics": "GET, HEAD",
    };
    for (const [target, allow] of Object.entries(allowed)) {
      for (const method of ODD) {
        const [status, got] = await say(`${method} ${target}`);
        assert.equal(status, 405, `${method} ${target}`);
        assert.ok(got.toLowerCase().includes(`\r\nallow: ${allow.toLowerCase()}\r\n`), got);
      }
    }
    for (const method of ODD) assert.equal((await say(`${method} /nothing`))[0], 404, method);
    assert.deepEqual(logger.lines, []);
  }));

test("a tunnel is for proxies: there is none here, and that is said", () =>
  withServer(async (say, logger) => {
    for (const target of ["a.example:443", "127.0.0.1:1"]) {
      const [status, got] = await say(`CONNECT ${target}`);
      assert.equal(status, 501, target);
      assert.match(got, /\r\n\r\nMethod not implemented: CONNECT\n$/);
    }
    assert.equal((await say("GET /-/ready"))[0], 200);
    assert.deepEqual(logger.lines, []);
  }));

test("words that are no method are no HTTP: told once in a while, and no sender drops for it", () =>
  withServer(async (say, logger) => {
    for (const method of ["TRACK", "get", "FOO", "A".repeat(10_000)]) {
      assert.equal((await say(`${method} /metrics`))[0], 503, method.slice(0, 10));
    }
    assert.equal(logger.lines.length, 1);
    assert.match(logger.lines[0]!, /^warn a request that is no HTTP was refused/);
  }));

test("whatever the target is, there is an answer, and no error is told", () =>
  withServer(async (say, logger) => {
    const targets: Readonly<Record<string, number>> = {
      "http://other/-/ready": 200,
      "http://other:99999/-/ready": 200,
      "http://[::1/-/ready": 200,
      "https://user:pass@other/-/ready": 200,
      "//other/-/ready": 404,
      "/%zz": 404,
      "/-/ready?%zz=%": 200,
      "/-/./ready": 200,
      [`/${"a".repeat(30_000)}`]: 404,
      [`/-/ready?${"a=b&".repeat(7_500)}`]: 200,
      [`http://other/${"%".repeat(30_000)}`]: 404,
      [`/-/ready/${"../".repeat(9_000)}`]: 200,
      [`/page/events?view=none&text=${"x".repeat(30_000)}&endpoint=%zz`]: 405,
      [`/${"a".repeat(40_000)}`]: 503,
    };
    for (const [target, status] of Object.entries(targets)) {
      const method = status === 405 ? "TRACE" : "GET";
      assert.equal((await say(`${method} ${target}`))[0], status, target.slice(0, 40));
    }
    const [only, ...others] = logger.lines;
    assert.match(only!, /^warn a request that is no HTTP was refused/, "the longest one");
    assert.deepEqual(others, []);
  }));

test("what breaks is told once in a while, and not for each that asks", () =>
  withServer(
    async (say, logger) => {
      for (let times = 0; times < 5; times++) assert.equal((await say("GET /"))[0], 500);
      assert.deepEqual(logger.lines, ['error a request failed {"error":"on purpose"}']);
    },
    () => () => Promise.reject(new Error("on purpose")),
  ));
