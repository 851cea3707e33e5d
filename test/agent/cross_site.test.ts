import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../src/agent/app.ts";
import type { Incoming } from "../../src/agent/host.ts";
import { foreignHost, foreignOrigin } from "../../src/agent/cross_site.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, FakeQueue, makeApp } from "./support.ts";

const LOOPBACK = { hostname: "127.0.0.1", allowedHosts: ["walq.example"] };
const EVERYWHERE = { hostname: "0.0.0.0", localAddress: "192.0.2.7", allowedHosts: [] };
const LOOPBACK_ADDRESSES = ["127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"];
const OTHER_ADDRESSES = ["192.0.2.7", "fd00::2", "::ffff:192.0.2.7", "fd00::127.0.0.1", "::1:1"];

const OWN_HOSTS: readonly string[] = [
  "",
  "localhost",
  "LOCALHOST:9099",
  "walq.localhost",
  "localhost.",
  "127.0.0.1:9099",
  "127.9.9.9",
  "[::1]:9099",
  "192.168.1.7:9099",
  "[fe80::1]",
  "walq.example",
  "Walq.Example:443",
  // A name in a local network, which nobody outside of it can own.
  "x",
];
const FOREIGN_HOSTS = [
  "evil.example",
  "evil.example:9099",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "xlocalhost.example",
  "a.walq.example",
];

function headers(name: string, value?: string, host = "127.0.0.1:9099"): Headers {
  return new Headers({
    ...(name === "host" ? {} : { host }),
    ...(value === undefined ? {} : { [name]: value }),
  });
}

test("a listener on loopback knows its names, and every other is foreign", () => {
  assert.equal(foreignHost(new Headers(), LOOPBACK), undefined);
  for (const host of OWN_HOSTS) {
    assert.equal(foreignHost(headers("host", host), LOOPBACK), undefined, host);
  }
  for (const host of FOREIGN_HOSTS) {
    assert.ok(foreignHost(headers("host", host), LOOPBACK), host);
    assert.equal(foreignHost(headers("host", host), EVERYWHERE), undefined, host);
    assert.ok(foreignHost(headers("host", host), { hostname: "::1", allowedHosts: [] }), host);
  }
});

test("an origin is foreign unless it is the server's own, or another on loopback", () => {
  for (const origin of ["http://127.0.0.1:9099", "http://localhost:3000", "https://walq.example"]) {
    assert.equal(foreignOrigin(headers("origin", origin), LOOPBACK), undefined, origin);
  }
  for (
    const origin of [
      "null",
      "http://evil.example",
      "http://6.6.6.6",
      "http://localhost.evil.example",
    ]
  ) {
    assert.ok(foreignOrigin(headers("origin", origin), LOOPBACK), origin);
    assert.ok(foreignOrigin(headers("origin", origin, "walq:9099"), EVERYWHERE), origin);
  }
  assert.equal(foreignOrigin(headers("origin"), LOOPBACK), undefined);
  assert.equal(
    foreignOrigin(headers("origin", "http://walq:9099", "walq:9099"), EVERYWHERE),
    undefined,
  );
  assert.ok(foreignOrigin(headers("origin", "http://localhost:3000", "walq:9099"), EVERYWHERE));
});

test("where the connection came in decides, whatever is listened on", () => {
  const evil = headers("host", "evil.example:9099");
  for (
    const hostname of ["0.0.0.0", "::", "myhost", "127.1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]
  ) {
    for (const localAddress of [...LOOPBACK_ADDRESSES, undefined]) {
      const server = { hostname, localAddress, ownName: "walq.local", allowedHosts: ["a.example"] };
      assert.equal(foreignHost(evil, server), "evil.example", `${hostname} ${localAddress}`);
      for (const host of ["walq.local:9099", "myhost", "a.example", "127.0.0.1", "[::1]:9099"]) {
        assert.equal(foreignHost(headers("host", host), server), undefined, host);
      }
    }
    for (const localAddress of OTHER_ADDRESSES) {
      const server = { hostname, localAddress, allowedHosts: [] };
      assert.equal(foreignHost(evil, server), undefined, `${hostname} ${localAddress}`);
    }
  }
  const named = { hostname: "Walq.Example.Org", localAddress: "127.0.1.1", allowedHosts: [] };
  assert.equal(foreignHost(headers("host", "walq.example.org"), named), undefined);
});

test("an origin that is the Host proves nothing where the name is not known as ours", () => {
  const from = (host: string, server: Parameters<typeof foreignOrigin>[1]): string | undefined =>
    foreignOrigin(headers("origin", `http://${host}`, host), server);
  const known = { ...EVERYWHERE, ownName: "Walq.Local", allowedHosts: ["a.example"] };
  for (const server of [LOOPBACK, EVERYWHERE, known, { ...EVERYWHERE, hostname: undefined }]) {
    assert.equal(from("evil.example:9099", server), "http://evil.example:9099");
  }
  for (const host of ["192.0.2.7:9099", "[fd00::2]:9099", "walq:9099", "walq.local", "a.example"]) {
    assert.equal(from(host, known), undefined, host);
  }
  assert.ok(foreignOrigin(headers("origin", "http://192.0.2.9", "192.0.2.7"), known));
  const local = { ...EVERYWHERE, ownName: "localhost" };
  assert.ok(foreignOrigin(headers("origin", "http://localhost:3000", "192.0.2.7"), local));
});

test("a browser that says no origin says that it asks for another site", () => {
  for (const site of ["cross-site", "same-site", "Cross-Site"]) {
    for (const server of [LOOPBACK, EVERYWHERE]) {
      assert.ok(foreignOrigin(headers("sec-fetch-site", site), server), site);
    }
  }
  for (const site of ["same-origin", "none"]) {
    assert.equal(foreignOrigin(headers("sec-fetch-site", site), EVERYWHERE), undefined, site);
  }
});

test("a page whose name resolves to here neither writes, reloads nor ends the program", async () => {
  const asked: string[] = [];
  const lifecycle = {
    reload: () => Promise.resolve(void asked.push("reload")),
    quit: () => void asked.push("quit"),
  };
  const logger = new MemoryLogger();
  const app = makeApp({ logger, lifecycle });
  const queue = new FakeQueue();
  app.open(queue, 1_000);
  const evil = { host: "evil.example:9099", origin: "http://evil.example:9099" };
  const statuses = async (headers: Record<string, string>, to: Partial<Incoming>) => {
    const all: number[] = [];
    for (const path of ["/api/v1/write", "/-/reload", "/-/quit"]) {
      const request = new Request(`http://walq${path}`, { method: "POST", headers });
      const incoming = { readChunks: () => Promise.resolve(), from: "", hostname: "0.0.0.0" };
      all.push((await app.handler(request, { ...incoming, ...to })).status);
    }
    return all;
  };
  for (const localAddress of ["127.0.0.1", "192.0.2.7", "::1", "::ffff:192.0.2.7"]) {
    assert.deepEqual(await statuses(evil, { localAddress }), [403, 403, 403], localAddress);
  }
  const { host } = evil;
  assert.deepEqual(await statuses({ host }, { localAddress: "127.0.0.1" }), [503, 421, 421]);
  assert.deepEqual([queue.written.length, asked], [0, []]);
  assert.deepEqual(await statuses({ host }, { localAddress: "192.0.2.7" }), [204, 200, 200]);
  assert.deepEqual(await statuses({ host }, { hostname: undefined }), [204, 200, 200]);
});

function openApp(): { app: App; queue: FakeQueue; logger: MemoryLogger } {
  const logger = new MemoryLogger();
  const app = makeApp({ logger, server: LOOPBACK });
  const queue = new FakeQueue();
  app.open(queue, 1_000);
  return { app, queue, logger };
}

test("another page's name reads no status, and a sender by a foreign name keeps its data", async () => {
  const { app, queue, logger } = openApp();
  const by = (path: string, init: RequestInit): Promise<Response> =>
    ask(app.handler, new Request(`http://walq${path}`, init));
  const evil = { host: "evil.example:9099" };
  for (const path of ["/api/v1/status", "/metrics", "/-/healthy", "/"]) {
    assert.equal((await by(path, { headers: evil })).status, 421, path);
  }
  for (const path of ["/api/v1/write", "/api/v1/push"]) {
    const answer = await by(path, { method: "POST", headers: evil, body: Uint8Array.of(1) });
    assert.equal(answer.status, 503, path);
    assert.ok(answer.headers.has("retry-after"));
    assert.match(await answer.text(), /got Host "evil\.example".*server\.allowed_hosts/);
  }
  const page = { host: "127.0.0.1:9099", origin: "http://evil.example" };
  assert.equal(
    (await by("/api/v1/write", { method: "POST", headers: page, body: Uint8Array.of(1) })).status,
    403,
  );
  assert.equal((await by("/api/v1/status", { headers: page })).status, 200, "no browser shows it");
  assert.equal(queue.written.length, 0);
  const own = await by("/api/v1/write", {
    method: "POST",
    headers: { host: "walq.example" },
    body: Uint8Array.of(1),
  });
  assert.equal(own.status, 204);
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /foreign host or origin was refused.*"host":"evil\.example"/);
});
