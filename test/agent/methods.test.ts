/** A path answers a method that it does not have with a 405 that says which ones it has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { App } from "../../src/agent/app.ts";
import { receiver } from "../../src/receive/receiver.ts";
import type { Queue } from "../../src/queue.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { ask, FakeQueue, makeApp } from "./support.ts";

type Routes = Hono["routes"];
type Send = (path: string, method: string) => Promise<Response>;

/** The app, and all routes that it has made, which it shows nobody. */
function appAndRoutes(routePrefix: string): { app: App; routes: Routes } {
  const made: Hono[] = [];
  const { basePath } = Hono.prototype;
  Hono.prototype.basePath = function (this: Hono, path: string) {
    const based = basePath.call(this, path);
    made.push(based as unknown as Hono);
    return based;
  } as typeof basePath;
  try {
    const platform = new MemoryPlatform();
    const server = { routePrefix };
    const app = makeApp({ logger: new MemoryLogger(), platform, pageHost: platform, server });
    app.open(Object.assign(new FakeQueue()), 1_000);
    return { app, routes: made[0]!.routes };
  } finally {
    Hono.prototype.basePath = basePath;
  }
}

/** By path, the methods that have an answer of their own. */
function methodsBy(routes: Routes): Map<string, Set<string>> {
  const paths = new Map<string, Set<string>>();
  for (const { path, method } of routes) {
    const methods = paths.get(path) ?? new Set();
    paths.set(path, methods);
    if (method === "ALL") continue;
    methods.add(method);
    if (method === "GET") methods.add("HEAD");
  }
  return paths;
}

async function assertAllowed(routes: Routes, send: Send): Promise<void> {
  const paths = methodsBy(routes);
  assert.ok(paths.size >= 19, `${paths.size} paths`);
  for (const [pattern, methods] of paths) {
    const path = pattern.replace("*", "a");
    const others = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"]
      .filter((method) => !methods.has(method));
    for (const method of others) {
      const answer = await send(path, method);
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.get("allow"), [...methods].sort().join(", "), path);
    }
  }
}

for (const prefix of ["", "/a/walq"]) {
  test(`each path of the program says which methods it has, under the prefix "${prefix}"`, async () => {
    const { app, routes } = appAndRoutes(prefix);
    const paths = methodsBy(routes);
    for (const path of ["/", "/api/v1/status/config", "/query", "/page/events", "/-/reload"]) {
      assert.ok(paths.has(prefix + path), path);
    }
    await assertAllowed(
      routes,
      (path, method) => ask(app.handler, new Request(`http://127.0.0.1${path}`, { method })),
    );
  });
}

test("so does each path of the library's receiver", async () => {
  const { clock } = new MemoryPlatform();
  const logger = new MemoryLogger();
  const queue = { surroundings: { clock, logger, requestBytesMax: 1_000 } } as unknown as Queue;
  const app = receiver(queue);
  await assertAllowed(app.routes, async (path, method) => await app.request(path, { method }));
});
