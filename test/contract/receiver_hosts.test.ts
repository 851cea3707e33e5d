/** The receiver of the library in the servers that applications have: real ones, on real ports. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { Queue } from "../../mod.ts";
import { receiver } from "../../receiver.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";

const HEADERS = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };

/** A server that was started. */
interface Started {
  readonly port: number;
  stop(): Promise<unknown>;
}

/** What Deno and Bun have in their global scope, as far as it is needed here. */
interface Runtimes {
  readonly Deno?: {
    serve(options: { port: number; onListen: () => void }, handler: Fetch): {
      readonly addr: { readonly port: number };
      shutdown(): Promise<void>;
    };
  };
  readonly Bun?: {
    serve(
      options: { port: number; fetch: Fetch },
    ): { readonly port: number; stop(): Promise<void> };
  };
}

type Fetch = (request: Request) => Response | Promise<Response>;

const { Deno, Bun } = globalThis as Runtimes;

/** Otherwise the adapter puts a `Response` of its own in place of the runtime's, which others do not take. */
const AS_THEY_ARE = { overrideGlobalObjects: false };

async function started(server: Server): Promise<Started> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** How each of them is given the receiver. */
const HOSTS: Readonly<Record<string, (queue: Queue) => Promise<Started>>> = {
  "node:http, by @hono/node-server": (queue) =>
    started(createServer(getRequestListener(receiver(queue).fetch, AS_THEY_ARE))),
  Express: (queue) => {
    const app = express();
    app.use("/in", getRequestListener(receiver(queue).fetch, AS_THEY_ARE));
    app.use(express.json());
    return started(createServer(app));
  },
  Fastify: async (queue) => {
    const app = fastify();
    const within = new Hono().route("/in", receiver(queue));
    const listener = getRequestListener(within.fetch, AS_THEY_ARE);
    // As docs/library.md has it.
    await app.register((scope, _options, done) => {
      // The body is left to walq, which reads it within bounds.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _body, parsed) => parsed(null));
      scope.all("/in/*", (request, reply) => {
        reply.hijack();
        void listener(request.raw, reply.raw);
      });
      done();
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
  },
  ...(Deno === undefined ? {} : {
    "Deno.serve": (queue: Queue) => {
      const server = Deno.serve({ port: 0, onListen: () => {} }, receiver(queue).fetch);
      return Promise.resolve({ port: server.addr.port, stop: () => server.shutdown() });
    },
  }),
  ...(Bun === undefined ? {} : {
    "Bun.serve": (queue: Queue) => {
      const server = Bun.serve({ port: 0, fetch: receiver(queue).fetch });
      return Promise.resolve({ port: server.port, stop: () => server.stop() });
    },
  }),
};

for (const [name, start] of Object.entries(HOSTS)) {
  describe(`the receiver in ${name}`, () => {
    let directory: string;
    let queue: Queue;
    let server: Started;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "walq-receiver-"));
      const endpoints = [{ name: "nobody", url: "http://127.0.0.1:1/" }];
      const limits = { requestBytesMax: "64KiB" };
      queue = await Queue.open({ dataPath: directory, endpoints, limits }, { logger: "silent" });
      server = await start(queue);
    });
    after(async () => {
      await server.stop();
      await queue.close();
      await rm(directory, { recursive: true });
    });

    async function send(body: Uint8Array, headers: Record<string, string> = HEADERS) {
      const prefix = ["Express", "Fastify"].includes(name) ? "/in" : "";
      const url = `http://127.0.0.1:${server.port}${prefix}/api/v1/write`;
      const answer = await fetch(url, { method: "POST", headers, body: body as BodyInit });
      return { status: answer.status, text: await answer.text() };
    }

    it("takes what is sent, and answers when it is durable", async () => {
      const all = Array.from(
        { length: 500 },
        (_, id) => wireSeries({ __name__: "m", id: `${id}` }, Date.now(), id),
      );
      assert.equal((await send(encodeRequest(all))).status, 204);
      assert.equal(queue.stats().endpoints[0]!.acceptedTotal, 500);
    });

    it("says what it does not take", async () => {
      const body = encodeRequest([wireSeries({ __name__: "old" }, 1e12, 1)]);
      const { status, text } = await send(body);
      assert.equal(status, 400);
      assert.match(text, /1 signal was refused and 0 accepted: 1 for ttl/);
      assert.equal((await send(body, { "content-type": "application/json" })).status, 415);
    });

    it("refuses what is too large", async () => {
      assert.equal((await send(new Uint8Array(65 * 1024))).status, 413);
      assert.equal((await send(Uint8Array.of(7))).status, 400, "and takes the next one");
    });
  });
}
