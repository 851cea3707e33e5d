/** The program's HTTP server on real sockets: what senders and browsers send, byte by byte, and how it ends. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { platform } from "node:os";
import { test } from "node:test";
import { CONNECTION_BOUNDS } from "../../src/agent/connections.ts";
import type { Handler, Listener } from "../../src/agent/host.ts";
import { listen } from "../../src/agent/hosts/http_server.ts";
import { portOf } from "../../src/agent/listen_address.ts";
import { BODY_BOUNDS } from "../../src/receive/read_body.ts";
import type { WriteResult } from "../../src/types.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { RawClient } from "../support/raw_client.ts";
import { ACCEPTED, deferred, FakeQueue, makeApp } from "../agent/support.ts";

const BODY = "\x05\x10hello";
const HOST = "Host: 127.0.0.1\r\n";
const TYPE = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n";
const LENGTH = `Content-Length: ${BODY.length}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const CHUNKS = `3\r\n${BODY.slice(0, 3)}\r\n4\r\n${BODY.slice(3)}\r\n0\r\n`;
const H2C =
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n";

function head(headers: string, { target = "/api/v1/write", version = "1.1" } = {}): string {
  return `POST ${target} HTTP/${version}\r\n${headers}\r\n`;
}

/** More than the buffers of two sockets hold. */
const LARGE_BYTES = 16 * 1024 * 1024;

const PLAIN = head(HOST + TYPE + LENGTH) + BODY;

class Place {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly queue = new FakeQueue();
  readonly listener: Listener;
  readonly #clients: RawClient[] = [];
  readonly #chunks: { count: number; heard: () => void };

  private constructor(listener: Listener, of: Pick<Place, "clock" | "logger" | "queue">, chunks: {
    count: number;
    heard: () => void;
  }) {
    this.listener = listener;
    Object.assign(this, of);
    this.#chunks = chunks;
  }

  static async open(): Promise<Place> {
    const clock = new VirtualClock();
    const logger = new MemoryLogger();
    const queue = new FakeQueue();
    const app = makeApp({ platform: { name: "memory", clock }, logger });
    app.open(queue, 100_000);
    const chunks = { count: 0, heard: () => {} };
    const handler: Handler = (request, { readChunks, ...incoming }) =>
      app.handler(request, {
        ...incoming,
        readChunks: (take) =>
          readChunks((chunk) => {
            take(chunk);
            chunks.count++;
            chunks.heard();
          }),
      });
    const listener = await listen(
      { addresses: [{ hostname: "127.0.0.1", port: 0 }], handler, logger },
      clock,
    );
    return new Place(listener, { clock, logger, queue }, chunks);
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.open(portOf(this.listener));
    this.#clients.push(client);
    return client;
  }

  /** Resolves when the server has taken so many chunks of bodies. */
  async took(count: number): Promise<void> {
    while (this.#chunks.count < count) {
      await new Promise<void>((resolve) => this.#chunks.heard = resolve);
    }
  }

  /** Resolves when the server knows of so many clients. */
  async has(connections: number): Promise<void> {
    while (this.listener.stats().connections !== connections) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.leave();
    await this.listener.kill();
  }
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const place = await Place.open();
  try {
    await use(place);
  } finally {
    await place.close();
  }
}

/** What is sent, and the answers; a Prometheus (Go) answers the same where nothing else is said. */
const TAKEN: Readonly<Record<string, string>> = {
  "a plain request": PLAIN,
  "header names in upper case": PLAIN.replace(/^[A-Z][A-Za-z-]+:/gm, (name) => name.toUpperCase()),
  "header names in lower case": PLAIN.replace(/^[A-Z][A-Za-z-]+:/gm, (name) => name.toLowerCase()),
  "no Content-Type and no Content-Encoding": head(HOST + LENGTH) + BODY,
  "HTTP/1.0": head(HOST + TYPE + LENGTH, { version: "1.0" }) + BODY,
  "HTTP/1.0 without Host": head(TYPE + LENGTH, { version: "1.0" }) + BODY,
  // Go: 400.
  "HTTP/1.1 without Host": head(TYPE + LENGTH) + BODY,
  "an empty Host": head(`Host:\r\n${TYPE}${LENGTH}`) + BODY,
  "a Host that is no URL's": head(`Host: foo_bar:99999\r\n${TYPE}${LENGTH}`) + BODY,
  // Go: 400.
  "a Host that is no host": head(`Host: a b/c?d@e\r\n${TYPE}${LENGTH}`) + BODY,
  "a target with a host": head(HOST + TYPE + LENGTH, {
    target: "http://walq.example:9099/api/v1/push?a=b",
  }) + BODY,
  "an upgrade to h2c, as Java and curl --http2 ask for it": head(HOST + TYPE + LENGTH + H2C) + BODY,
  "an upgrade to something else": head(
    `${HOST}${TYPE}${LENGTH}Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n`,
  ) + BODY,
  "chunks": head(HOST + TYPE + CHUNKED) + CHUNKS + "\r\n",
  "chunks with a trailer": head(`${HOST}${TYPE}Trailer: X-T\r\n${CHUNKED}`) + CHUNKS +
    "X-T: 1\r\n\r\n",
  "chunks with an extension": head(HOST + TYPE + CHUNKED) + CHUNKS.replace("\r\n", ";a=b\r\n") +
    "\r\n",
  "an expectation, and the body at once": head(`${HOST}${TYPE}${LENGTH}Expect: 100-continue\r\n`) +
    BODY,
  // Go: 417.
  "an expectation that nobody knows": head(`${HOST}${TYPE}${LENGTH}Expect: 200-ok\r\n`) + BODY,
  "150 headers":
    head(HOST + TYPE + LENGTH + Array.from({ length: 150 }, (_, at) => `X-${at}: v\r\n`).join("")) +
    BODY,
  "a header of 20,000 bytes": head(`${HOST}${TYPE}${LENGTH}X-Token: ${"a".repeat(20_000)}\r\n`) +
    BODY,
};

test("whatever form a request has that senders give it, it is taken", async () => {
  await withPlace(async (place) => {
    let taken = 0;
    for (const [form, bytes] of Object.entries(TAKEN)) {
      const client = await place.connect();
      client.send(bytes);
      await client.until(() => client.statuses.length > 0);
      assert.deepEqual(client.statuses, [204], form);
      assert.equal(place.queue.written.length, ++taken, form);
      assert.equal(String.fromCharCode(...place.queue.written.at(-1)!), BODY, form);
      client.leave();
    }
  });
});

test("the body may wait for 100 Continue, come byte by byte, or be the last of its sender", async () => {
  await withPlace(async (place) => {
    const waits = await place.connect();
    waits.send(head(`${HOST}${TYPE}${LENGTH}Expect: 100-Continue\r\n`));
    await waits.until(() => waits.got.includes("HTTP/1.1 100 Continue"));
    waits.send(BODY);
    await waits.until(() => waits.statuses.length > 0);
    assert.deepEqual(waits.statuses, [204]);
    const slow = await place.connect();
    for (const byte of PLAIN) {
      slow.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await slow.until(() => slow.statuses.length > 0);
    assert.deepEqual(slow.statuses, [204]);
    const held = deferred<WriteResult>();
    place.queue.onWrite = () => held.promise;
    const last = await place.connect();
    last.send(PLAIN);
    last.end();
    while (place.queue.written.length < 3) await new Promise((resolve) => setImmediate(resolve));
    // While somebody else is served the server hears that the last one says no more.
    slow.send(`GET /-/ready HTTP/1.1\r\n${HOST}\r\n`);
    await slow.until(() => slow.statuses.length > 1);
    held.resolve(ACCEPTED);
    await last.until(() => last.statuses.length > 0);
    assert.deepEqual(last.statuses, [204]);
  });
});

test("two Host headers are no request that can be read: a 503, for which no sender drops it", async () => {
  await withPlace(async (place) => {
    const client = await place.connect();
    const other = "HOST: evil.example\r\n";
    client.send(head(HOST + other + TYPE + LENGTH) + BODY);
    await client.until(() => client.statuses.length > 0);
    client.send(head(HOST + HOST + TYPE + LENGTH, { target: "/-/ready" }) + BODY);
    await client.until(() => client.statuses.length > 1);
    assert.deepEqual(client.statuses, [503, 503]);
    assert.match(client.got, /Retry-After: \d+/i);
    assert.match(client.got, /got 2 Host headers, expected one at most/);
    assert.equal(place.queue.written.length, 0);
    assert.match(
      place.logger.lines.join("\n"),
      /a request that is no HTTP was refused.*got 2 Host/,
    );
    client.send(PLAIN);
    await client.until(() => client.statuses.length > 2);
    assert.equal(client.statuses[2], 204, "the connection goes on");
  });
});

test("several requests in one packet are each answered, in order", async () => {
  await withPlace(async (place) => {
    const client = await place.connect();
    const ready = `GET /-/ready HTTP/1.1\r\n${HOST}\r\n`;
    const lost = head(HOST + TYPE + LENGTH, { target: "/nowhere" }) + BODY;
    const brotli = PLAIN.replace("snappy", "br");
    client.send(
      PLAIN + ready + head(HOST + TYPE + CHUNKED) + CHUNKS + "\r\n" + lost + brotli + PLAIN,
    );
    await client.until(() => client.statuses.length === 6);
    assert.deepEqual(client.statuses, [204, 200, 204, 404, 415, 204]);
    client.send(PLAIN.repeat(20));
    await client.until(() => client.statuses.length === 26);
    assert.deepEqual(client.statuses.slice(6), Array.from({ length: 20 }, () => 204));
    assert.equal(place.queue.written.length, 23);
  });
});

/** What no parser reads, or must not. A sender that gets a 4xx for it would drop its data. */
const UNREADABLE: Readonly<Record<string, string>> = {
  "two lengths": head(`${HOST}${TYPE}${LENGTH}Content-Length: 3\r\n`) + BODY,
  "a length and chunks": head(HOST + TYPE + LENGTH + CHUNKED) + CHUNKS + "\r\n",
  "a length that is no number": head(`${HOST}${TYPE}Content-Length: +7\r\n`) + BODY,
  "a header of 60,000 bytes": head(`${HOST}${TYPE}${LENGTH}X-Token: ${"a".repeat(60_000)}\r\n`) +
    BODY,
  "another version": head(HOST + TYPE + LENGTH, { version: "1.2" }) + BODY,
  "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "x".repeat(100) + "\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
};

test("what cannot be read is answered with a status that lets a sender come again", async () => {
  await withPlace(async (place) => {
    for (const [form, bytes] of Object.entries(UNREADABLE)) {
      const client = await place.connect();
      client.send(bytes);
      await client.closed();
      assert.deepEqual(client.statuses, [503], form);
      assert.match(client.got, /retry-after: 5/i, form);
    }
    assert.equal(place.queue.written.length, 0);
    assert.equal(place.logger.lines.length, 1);
    assert.match(place.logger.lines[0]!, /no HTTP was refused.*"from":"127\.0\.0\.1"/);
    const next = await place.connect();
    next.send(PLAIN);
    await next.until(() => next.statuses.length > 0);
    assert.deepEqual(next.statuses, [204]);
  });
});

test("a body that takes minutes is taken, and one that stops is answered and cut", async () => {
  await withPlace(async (place) => {
    const slow = await place.connect();
    slow.send(head(HOST + TYPE + LENGTH));
    for (const [index, byte] of [...BODY].entries()) {
      slow.send(byte);
      await place.took(index + 1);
      await place.clock.advance(BODY_BOUNDS.stoppedMs - 1_000);
    }
    await slow.until(() => slow.statuses.length > 0);
    assert.deepEqual(slow.statuses, [204]);
    slow.leave();
    const stopped = await place.connect();
    stopped.send(head(HOST + TYPE + LENGTH) + BODY.slice(0, 3));
    await place.took(BODY.length + 1);
    await place.clock.advance(BODY_BOUNDS.stoppedMs);
    await stopped.until(() => stopped.statuses.length > 0);
    assert.deepEqual(stopped.statuses, [503]);
    assert.equal(stopped.isClosed, false, "it may still send the rest");
    await cutWithin(place, stopped, CONNECTION_BOUNDS.restMs);
    assert.equal(place.listener.stats().slowTotal, 1);
  });
});

test("a head that does not come, and a connection that is not used, are cut", async () => {
  await withPlace(async (place) => {
    const client = await place.connect();
    client.send("POST /api/v1/write HTTP/1.1\r\nHo");
    await place.has(1);
    await cutWithin(place, client, CONNECTION_BOUNDS.headMs);
    const kept = await place.connect();
    kept.send(PLAIN);
    await kept.until(() => kept.statuses.length > 0);
    await place.clock.advance(CONNECTION_BOUNDS.headMs + 5_000);
    kept.send(PLAIN);
    await kept.until(() => kept.statuses.length > 1);
    assert.deepEqual(kept.statuses, [204, 204]);
    await cutWithin(place, kept, CONNECTION_BOUNDS.idleMs);
    await place.has(0);
  });
});

test(
  "TCP asks a client that says nothing whether it is still there",
  { skip: withoutKeepAlive() },
  async () => {
    await withPlace(async (place) => {
      const client = await place.connect();
      client.send(PLAIN);
      await client.until(() => client.statuses.length > 0);
      // sl, local address, remote address, state, queues, timer: 2 is that of keep-alive.
      const local = `0100007F:${
        portOf(place.listener).toString(16).toUpperCase().padStart(4, "0")
      }`;
      const sockets = (await readFile("/proc/net/tcp", "latin1")).split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, address, , state]) => address === local && state === "01");
      assert.deepEqual(sockets.map(([, , , , , timer]) => timer!.split(":")[0]), ["02"]);
    });
  },
);

function withoutKeepAlive(): string | false {
  if ("Bun" in globalThis) {
    return "Bun's node:http has none: the bounds on clients find those that are gone";
  }
  return platform() !== "linux" && "only Linux tells the timers of its sockets";
}

/** The server notices the end of an answer some time after the client has it. */
async function cutWithin(place: Place, client: RawClient, boundMs: number): Promise<void> {
  for (let passedMs = 0; !client.isClosed && passedMs < boundMs * 3; passedMs += 1_000) {
    await place.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await client.closed();
}

test("a sender that writes all of its body before it reads gets its refusal, and is kept", async () => {
  const large = "x".repeat(LARGE_BYTES);
  const refused: Readonly<Record<string, [string, number]>> = {
    "midway": [
      `${head(HOST + TYPE + CHUNKED)}${LARGE_BYTES.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
      413,
    ],
    "by its length": [head(`${HOST}${TYPE}Content-Length: ${LARGE_BYTES}\r\n`) + large, 413],
    "unread": [
      head(`${HOST}Content-Length: ${LARGE_BYTES}\r\n`, { target: "/nowhere" }) + large,
      404,
    ],
  };
  for (const [what, [bytes, status]] of Object.entries(refused)) {
    await withPlace(async (place) => {
      const client = await place.connect();
      // Who is not read on is cut in the end.
      const cut = setInterval(() => void place.clock.advance(1), 1);
      const isSent = await client.sendAllFirst(bytes).finally(() => clearInterval(cut));
      assert.equal(isSent, true, what);
      await client.until(() => client.statuses.length > 0);
      assert.deepEqual(client.statuses, [status], what);
      client.send(PLAIN);
      await client.until(() => client.statuses.length > 1);
      assert.deepEqual(client.statuses, [status, 204], what);
      assert.equal(place.listener.stats().slowTotal, 0);
    });
  }
});

test("a client that leaves gives its place back, whatever it was at", async () => {
  await withPlace(async (place) => {
    for (const bytes of ["POST /", head(HOST + TYPE + LENGTH) + BODY.slice(0, 3), PLAIN]) {
      const client = await place.connect();
      client.send(bytes);
      await place.has(1);
      if (bytes === PLAIN) await client.until(() => client.statuses.length > 0);
      client.end();
      await place.has(0);
      client.leave();
    }
  });
});

test("a stop answers what is under way and cuts those that wait for nothing", async () => {
  await withPlace(async (place) => {
    const [busy, idle] = [await place.connect(), await place.connect()];
    idle.send(PLAIN);
    await idle.until(() => idle.statuses.length > 0);
    busy.send(head(HOST + TYPE + LENGTH) + BODY.slice(0, 3));
    await place.took(2);
    const stopped = place.listener.stop();
    await idle.closed();
    busy.send(BODY.slice(3));
    await busy.until(() => busy.statuses.length > 0);
    assert.deepEqual(busy.statuses, [204]);
    assert.match(busy.got, /^connection: close\r$/im, "it is told that there is no next request");
    await busy.closed();
    await stopped;
    await assert.rejects(RawClient.open(portOf(place.listener)));
  });
});

test("a stop waits for what is left of a body that was refused, so that its sender reads why", async () => {
  await withPlace(async (place) => {
    const client = await place.connect();
    client.send(head(HOST + TYPE + LENGTH, { target: "/nowhere" }) + BODY.slice(0, 3));
    await client.until(() => client.statuses.length > 0);
    const stopped = place.listener.stop();
    client.send(BODY.slice(3));
    await client.closed();
    assert.deepEqual(client.statuses, [404]);
    await stopped;
  });
});
