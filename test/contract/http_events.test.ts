/** Answers without an end of their own, on real sockets: they come when they are sent, hold nothing up, and end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CONNECTION_BOUNDS } from "../../src/agent/connections.ts";
import type { Listener } from "../../src/agent/host.ts";
import { listen } from "../../src/agent/hosts/http_server.ts";
import { portOf } from "../../src/agent/listen_address.ts";
import { BUFFERED_BYTES_MAX, EventStream } from "../../src/agent/page/event_stream.ts";
import { CLIENTS_MAX, TICK_MS } from "../../src/agent/page/hub.ts";
import { MemoryPlatform, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { RawClient } from "../support/raw_client.ts";
import { deferred, FakeQueue, makeApp } from "../agent/support.ts";

class Place {
  readonly clock = new VirtualClock();
  readonly streams: EventStream[] = [];
  ends = 0;
  #opened = deferred<void>();
  #ended = deferred<void>();
  listener!: Listener;
  readonly clients: RawClient[] = [];

  async open(): Promise<this> {
    this.listener = await listen({
      addresses: [{ hostname: "127.0.0.1", port: 0 }],
      logger: new MemoryLogger(),
      handler: () => {
        const stream = new EventStream(() => {
          this.ends++;
          this.#ended.resolve();
        });
        this.streams.push(stream);
        this.#opened.resolve();
        return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
      },
    }, this.clock);
    return this;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.open(portOf(this.listener));
    this.clients.push(client);
    client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await this.#opened.promise;
    this.#opened = deferred();
    return client;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const place = await new Place().open();
  try {
    await use(place);
  } finally {
    for (const client of place.clients) client.leave();
    await place.listener.kill();
  }
}

test("an event is there when it is sent, and the client that goes is told of", () =>
  withPlace(async (place) => {
    const client = await place.client();
    await client.until(() => client.got.includes("\r\n\r\n"));
    assert.deepEqual(client.statuses, [200], "the head does not wait for the first event");
    const [stream] = place.streams;
    for (const text of ["one", "two"]) {
      stream!.send("e", `"${text}"`);
      await client.until(() => client.got.includes(text));
      assert.ok(client.got.includes(text));
    }
    client.leave();
    // Where the runtime does not say that it has gone, what is sent next does.
    while (!stream!.isOver) {
      stream!.send("e", '"is anybody there?"');
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(place.ends, 1);
  }));

test("a stream that gets on is not cut, however long it takes", () =>
  withPlace(async (place) => {
    const client = await place.client();
    const [stream] = place.streams;
    for (let round = 0; round < 4; round++) {
      await place.clock.advance(CONNECTION_BOUNDS.answerMs - 10_000);
      // They leave one after the other: when the second is there, the server knows of the first.
      for (const text of [`round ${round}`, `and ${round}`]) {
        stream!.send("e", `"${text}"`);
        await client.until(() => client.got.includes(text));
      }
    }
    assert.deepEqual([client.isClosed, stream!.isOver], [false, false]);
  }));

test("one at which nothing is sent any more is cut, as any client that gets nothing", () =>
  withPlace(async (place) => {
    const client = await place.client();
    await client.until(() => client.got.includes("\r\n\r\n"));
    await place.clock.advance(CONNECTION_BOUNDS.answerMs + 2_000);
    await client.closed();
    await place.ended;
    assert.ok(place.listener.stats().slowTotal > 0);
  }));

test("the server's end does not wait for who looks on, once the streams are closed", () =>
  withPlace(async (place) => {
    const clients = [await place.client(), await place.client()];
    place.streams[0]!.send("e", '"last"');
    const stopped = place.listener.stop();
    for (const stream of place.streams) stream.close();
    await stopped;
    for (const client of clients) await client.closed();
    assert.match(
      clients[0]!.got,
      /"last"[^]*\r\n0\r\n\r\n$/,
      "what was sent is there, and its end",
    );
  }));

/** 64 KiB of JSON. */
const EVENT = `"${"x".repeat(64 * 1024)}"`;

/** Somebody who has begun to look, and reads nothing more. */
async function held(place: Place) {
  const client = await place.client();
  await client.until(() => client.got.includes("\r\n\r\n"));
  client.hold();
  return { client, stream: place.streams[0]! };
}

test("a client that does not read is cut, and what it did not take is not kept", () =>
  withPlace(async (place) => {
    const { client, stream } = await held(place);
    let sent = 0;
    // Sockets hold a few megabytes themselves.
    while (!stream.isOver && sent < 64 * 1024 * 1024) {
      stream.send("e", EVENT);
      sent += EVENT.length;
      if (sent % (4 * BUFFERED_BYTES_MAX) < EVENT.length) await new Promise((r) => setImmediate(r));
    }
    assert.ok(stream.isOver, `${sent} bytes`);
    await place.ended;
    client.go();
    await client.closed();
    assert.ok(!client.got.endsWith("\r\n0\r\n\r\n"), "it does not look like a whole answer");
  }));

test("those that look at the page and read nothing are cut, and their places are given to others", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const pageHost = new MemoryPlatform();
  const app = makeApp({ platform: { name: "memory", clock }, logger, pageHost });
  app.open(new FakeQueue(), 1_000);
  const addresses = [{ hostname: "127.0.0.1", port: 0 }];
  const listener = await listen({ addresses, handler: app.handler, logger }, clock);
  const clients: RawClient[] = [];
  const ask = async (): Promise<RawClient> => {
    const client = await RawClient.open(portOf(listener));
    clients.push(client);
    client.send("GET /page/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await client.until(() => client.got.includes("\r\n\r\n"));
    return client;
  };
  try {
    for (let at = 0; at < CLIENTS_MAX; at++) (await ask()).hold();
    const late = await ask();
    assert.deepEqual(late.statuses, [503]);
    late.leave();
    await until(() => listener.stats().connections === CLIENTS_MAX);
    for (let passedMs = 0; passedMs < 30_000; passedMs += TICK_MS) await clock.advance(TICK_MS);
    await until(() => listener.stats().connections === 0);
    assert.deepEqual((await ask()).statuses, [200]);
  } finally {
    for (const client of clients) client.leave();
    app.close();
    await listener.kill();
  }
});

test("one that took what there was and is stuck in the middle of more is cut at once", () =>
  withPlace(async (place) => {
    const { stream } = await held(place);
    // Until the sockets hold no more, and the server waits for the client.
    for (let sent = 0; !stream.isOver && sent < 32 * 1024 * 1024; sent += EVENT.length) {
      stream.send("e", EVENT);
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.cut();
    await place.ended;
    await until(() => place.listener.stats().connections === 0);
  }));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
