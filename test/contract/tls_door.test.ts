/** The program's HTTP server under TLS, with real clients: who comes in, who does not, and what a change does. */
import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect as connectPlain } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { CONNECTION_BOUNDS } from "../../src/agent/connections.ts";
import type { Listener } from "../../src/agent/host.ts";
import { listen } from "../../src/agent/hosts/http_server.ts";
import { checkServerTls } from "../../src/agent/hosts/tls_door.ts";
import { portOf } from "../../src/agent/listen_address.ts";
import { alternativeNames } from "../../src/agent/web/client_policy.ts";
import type { ClientAuthType, ServerTls } from "../../src/agent/web/server_tls.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { ACCEPTED, FakeQueue, makeApp } from "../agent/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

/** Files of test/fixtures/tls by their names without the ending. */
const pem = new Map<string, string>();
for (
  const name of [
    "ca",
    "valid",
    "key",
    "self_signed",
    "client_ca",
    "client",
    "client_key",
    "named_ca",
    "named",
    "named_key",
  ]
) {
  const url = new URL(`../fixtures/tls/${name}.pem`, import.meta.url);
  const path = fileURLToPath(url).replace("/build/test/", "/test/");
  pem.set(name, await readFile(path, "utf8"));
}

const PLAIN: ServerTls = {
  cert: pem.get("valid")!,
  key: pem.get("key")!,
  clientCa: undefined,
  clientAuth: "NoClientCert",
  allowedSans: undefined,
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  ciphers: undefined,
  curves: undefined,
  prefersOwnSuites: true,
};

/** Clients by what they show. */
const CLIENTS: Readonly<Record<string, ConnectionOptions>> = {
  none: {},
  known: { cert: pem.get("client")!, key: pem.get("client_key")! },
  unknown: { cert: pem.get("named")!, key: pem.get("named_key")! },
};

/** More than the buffers of two sockets hold. */
const LARGE_BYTES = 8 * 1024 * 1024;

class Place {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly queue = new FakeQueue();
  looks = 0;
  tls: ServerTls;
  #listener: Listener | undefined;

  private constructor(tls: ServerTls) {
    this.tls = checkServerTls(tls);
  }

  static async open(tls: ServerTls, hostname = "127.0.0.1"): Promise<Place> {
    const place = new Place(tls);
    const { clock, logger, queue } = place;
    const server = { readingBytesMax: 4 * LARGE_BYTES };
    const app = makeApp({ platform: { name: "memory", clock }, logger, server });
    app.open(queue, LARGE_BYTES);
    const now = (): ServerTls => place.tls;
    place.#listener = await listen({
      addresses: [{ hostname, port: 0 }],
      handler: app.handler,
      logger,
      tls: {
        get tls() {
          return now();
        },
        look: () => Promise.resolve(void place.looks++),
      },
    }, clock);
    return place;
  }

  get listener(): Listener {
    return this.#listener!;
  }

  get port(): number {
    return portOf(this.listener);
  }

  connect(options: ConnectionOptions = {}): TLSSocket {
    const socket = connect({
      port: this.port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: [pem.get("ca")!, pem.get("self_signed")!],
      ...options,
    });
    socket.on("error", () => {});
    return socket;
  }

  /** The status of a request by a connection of its own, or what it came to. */
  async ask(options: ConnectionOptions = {}, request = GET): Promise<string> {
    const socket = this.connect(options);
    let got = "";
    socket.on("data", (chunk: Uint8Array) => got += new TextDecoder().decode(chunk));
    socket.on("secureConnect", () => socket.write(request));
    await new Promise((resolve) => socket.on("close", resolve));
    return /^HTTP\/1\.1 (\d+)/.exec(got)?.[1] ?? "cut";
  }
}

const GET = "GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async function withPlace(
  tls: Partial<ServerTls>,
  use: (place: Place) => Promise<void>,
): Promise<void> {
  const place = await Place.open({ ...PLAIN, ...tls });
  try {
    await use(place);
  } finally {
    await place.listener.kill();
  }
}

test("a request and its body come through TLS, several over one connection", async () => {
  await withPlace({}, async (place) => {
    place.queue.onWrite = () => Promise.resolve(ACCEPTED);
    const body = "\x05\x10hello";
    const head = "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\n" +
      "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n" +
      `Content-Length: ${body.length}\r\n`;
    const socket = place.connect();
    let got = "";
    socket.on("data", (chunk: Uint8Array) => got += new TextDecoder().decode(chunk));
    await once(socket, "secureConnect");
    socket.write(`${head}\r\n${body}`.repeat(2) + `${head}Connection: close\r\n\r\n${body}`);
    await new Promise((resolve) => socket.on("close", resolve));
    assert.deepEqual(Array.from(got.matchAll(/HTTP\/1\.1 (\d+)/g), ([, code]) => code), [
      "204",
      "204",
      "204",
    ]);
    assert.equal(place.queue.written.length, 3);
    assert.equal(place.looks, 1);
  });
});

test("a large body comes through as it is, while others come and go", async () => {
  await withPlace({}, async (place) => {
    const body = new Uint8Array(LARGE_BYTES);
    for (let at = 0; at < body.length; at++) body[at] = Math.imul(at, 2_654_435_761) >>> 24;
    const socket = place.connect();
    let got = "";
    socket.on("data", (chunk: Uint8Array) => got += new TextDecoder().decode(chunk));
    await once(socket, "secureConnect");
    socket.write(
      "POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
        `Content-Length: ${body.length}\r\n\r\n`,
    );
    const half = body.length / 2;
    socket.write(body.subarray(0, half));
    assert.equal(await place.ask(), "200");
    socket.write(body.subarray(half));
    await new Promise((resolve) => socket.on("close", resolve));
    assert.match(got, /^HTTP\/1\.1 204 /);
    assert.deepEqual(place.queue.written.map((bytes) => bytes.length), [body.length]);
    assert.ok(place.queue.written[0]!.every((byte, at) => byte === body[at]));
  });
});

/** Who comes in, by Go's crypto/tls: none, one of the authority, one of another. */
const POLICIES: Readonly<Record<ClientAuthType, string>> = {
  NoClientCert: "200 200 200",
  RequestClientCert: "200 200 200",
  RequireAnyClientCert: "cut 200 200",
  RequireClientCert: "cut 200 200",
  VerifyClientCertIfGiven: "200 200 cut",
  RequireAndVerifyClientCert: "cut 200 cut",
};

for (const [clientAuth, expected] of Object.entries(POLICIES)) {
  test(`${clientAuth} lets in whom Go lets in, by TLS 1.2 and 1.3`, async () => {
    const tls = {
      clientAuth: clientAuth as ServerTls["clientAuth"],
      clientCa: clientAuth === "NoClientCert" ? undefined : pem.get("client_ca")!,
    };
    await withPlace(tls, async (place) => {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const statuses: string[] = [];
        for (const client of Object.values(CLIENTS)) {
          statuses.push(await place.ask({ ...client, maxVersion }));
        }
        assert.equal(statuses.join(" "), expected, maxVersion);
      }
      while (place.listener.stats().connections > 0) {
        await new Promise((next) => setImmediate(next));
      }
    });
  });
}

test("a name of the client's certificate has to be one of those that are allowed", async () => {
  const named = CLIENTS["unknown"]!;
  for (const clientAuth of ["RequireAndVerifyClientCert", "RequireAnyClientCert"] as const) {
    await withPlace({ clientAuth, clientCa: pem.get("named_ca")! }, async (place) => {
      const cases: [string[], string][] = [
        [["edge-7.example"], "200"],
        [["x", "192.0.2.7"], "200"],
        [["2001:db8::7"], "200"],
        [["edge@example.org"], "200"],
        [["spiffe://example/edge"], "200"],
        [["example", "edge-7.example.org", "named", "192.0.2.70"], "cut"],
        [[], "cut"],
      ];
      for (const [allowedSans, expected] of cases) {
        place.tls = { ...place.tls, allowedSans };
        assert.equal(await place.ask(named), expected, allowedSans.join());
      }
      assert.match(
        place.logger.lines.join("\n"),
        /a client was refused.*no name of client_allowed_sans/,
      );
    });
  }
});

test("names with commas and quotes are what they are, and cannot pass for two", () => {
  assert.deepEqual(alternativeNames("DNS:a.example, IP Address:127.0.0.1, URI:spiffe://a/b"), [
    "a.example",
    "127.0.0.1",
    "spiffe://a/b",
  ]);
  assert.deepEqual(alternativeNames('URI:"http://a/, DNS:root.example", DNS:b'), [
    "http://a/, DNS:root.example",
    "b",
  ]);
  assert.deepEqual(alternativeNames('DNS:"a\\"b", othername:<unsupported>, email:c@d'), [
    'a"b',
    "c@d",
  ]);
  assert.deepEqual(alternativeNames(""), []);
});

test("a certificate that is renewed is shown to the next client, and who is connected stays", async () => {
  await withPlace({}, async (place) => {
    const old = place.connect();
    let got = "";
    old.on("data", (chunk: Uint8Array) => got += new TextDecoder().decode(chunk));
    await once(old, "secureConnect");
    const before = old.getPeerCertificate().fingerprint256;
    place.tls = checkServerTls({ ...PLAIN, cert: pem.get("self_signed")! });
    const next = place.connect();
    await once(next, "secureConnect");
    assert.notEqual(next.getPeerCertificate().fingerprint256, before);
    next.destroy();
    old.write(GET);
    await new Promise((resolve) => old.on("close", resolve));
    assert.match(got, /^HTTP\/1\.1 200 /);
  });
});

test("who is let in no more by a change is not let in by a session of before", async () => {
  const known = CLIENTS["known"]!;
  const clientCa = pem.get("client_ca")!;
  await withPlace({ clientAuth: "RequireAndVerifyClientCert", clientCa }, async (place) => {
    let session: Uint8Array | undefined;
    const socket = place.connect({ ...known, maxVersion: "TLSv1.2" });
    socket.on("session", (one: Uint8Array) => session = one);
    await once(socket, "secureConnect");
    socket.write(GET);
    socket.resume();
    await new Promise((resolve) => socket.on("close", resolve));
    place.tls = { ...place.tls, clientCa: pem.get("named_ca")! };
    const again = session === undefined ? {} : { session: session as Buffer };
    assert.equal(await place.ask({ ...known, ...again, maxVersion: "TLSv1.2" }), "cut");
  });
});

test("versions and, where the runtime lets them be chosen, suites are those that were asked for", async () => {
  await withPlace({ minVersion: "TLSv1.3" }, async (place) => {
    assert.equal(await place.ask({ maxVersion: "TLSv1.2" }), "cut");
    assert.equal(await place.ask(), "200");
    assert.match(
      place.logger.lines.join("\n"),
      /a TLS handshake failed.*(?:unsupported.protocol|peer is incompatible)/i,
    );
  });
  await withPlace({ maxVersion: "TLSv1.2" }, async (place) => {
    assert.equal(await place.ask({ minVersion: "TLSv1.3" }), "cut");
    assert.equal(await place.ask(), "200");
  });
  if ("Deno" in globalThis) return;
  const ciphers = ["ECDHE-ECDSA-AES256-GCM-SHA384"];
  await withPlace({ ciphers, curves: ["P-384"] }, async (place) => {
    const socket = place.connect({ maxVersion: "TLSv1.2" });
    await once(socket, "secureConnect");
    assert.equal(socket.getCipher().name, ciphers[0]);
    socket.destroy();
    assert.equal(
      await place.ask({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }),
      "cut",
    );
    assert.equal(await place.ask(), "200");
  });
});

test("a handshake counts as a connection, and one that does not get on is cut", async () => {
  await withPlace({}, async (place) => {
    const silent = connectPlain(place.port, "127.0.0.1");
    silent.on("error", () => {});
    const cut = new Promise((resolve) => silent.on("close", resolve));
    while (place.listener.stats().connections !== 1) {
      await new Promise((next) => setImmediate(next));
    }
    await place.clock.advance(CONNECTION_BOUNDS.headMs - 1);
    assert.equal(place.listener.stats().slowTotal, 0);
    await place.clock.advance(1_001);
    await cut;
    assert.ok(place.listener.stats().slowTotal >= 1);
    assert.equal(await place.ask(), "200");
  });
});

test("the program's own look at the port is no failed handshake", async () => {
  await withPlace({}, async (place) => {
    for (let look = 0; look < 3; look++) {
      while (place.looks <= look) {
        await place.clock.advance(1_000);
        await new Promise((next) => setImmediate(next));
      }
      while (place.listener.stats().connections > 0) {
        await new Promise((next) => setImmediate(next));
      }
    }
    assert.equal(place.listener.stats().reopenedTotal, 0);
    assert.deepEqual(place.logger.lines, []);
    assert.equal(await place.ask(), "200");
  });
});

test("what is no TLS is cut, logged once in a while, and others are served", async () => {
  await withPlace({}, async (place) => {
    for (let time = 0; time < 5; time++) {
      const plain = connectPlain(place.port, "127.0.0.1");
      plain.on("error", () => {});
      plain.resume();
      await once(plain, "connect");
      plain.write(GET);
      await new Promise((resolve) => plain.on("close", resolve));
    }
    assert.equal(await place.ask(), "200");
    while (place.listener.stats().connections > 0) await new Promise((next) => setImmediate(next));
    const failed = place.logger.lines.filter((line) => line.includes("a TLS handshake failed"));
    assert.ok(failed.length >= 1 && failed.length < 5, failed.join("\n"));
    assert.match(failed[0]!, /"from":"127\.0\.0\.1"/);
  });
});

test("it stops under TLS as without: idle ones are cut, and those under way answered", async () => {
  await withPlace({}, async (place) => {
    const idle = place.connect();
    idle.on("data", () => {});
    await once(idle, "secureConnect");
    idle.write("GET /-/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(idle, "data");
    const gone = new Promise((resolve) => idle.on("close", resolve));
    await place.listener.stop();
    await gone;
    assert.equal(await place.ask(), "cut");
  });
});

/** Where clients of other hosts come in; a host may have none. */
const OUTWARD = Object.values(networkInterfaces()).flat()
  .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address;

test("where a client came in is known through TLS, too", async () => {
  const place = await Place.open(PLAIN, "0.0.0.0");
  try {
    const foreign = GET.replace("localhost", "evil.example");
    assert.equal(await place.ask({}, foreign), "421");
    assert.equal(await place.ask({}), "200");
    if (OUTWARD !== undefined) assert.equal(await place.ask({ host: OUTWARD }, foreign), "200");
  } finally {
    await place.listener.kill();
  }
});
