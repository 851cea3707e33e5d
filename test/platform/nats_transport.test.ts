/** What a server, or something else, answers to a client of NATS. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers";
import { StreamError } from "../../src/errors.ts";
import { connected } from "../../src/platform/nats/connect.ts";

const INFO = {
  server_id: "x",
  version: "2.9.10",
  proto: 1,
  max_payload: 1024,
  headers: true,
};

/** Connects to something that is played by `serve`, and ends it. */
async function connectTo(
  serve: (socket: Socket, send: (text: string) => void) => void,
  more: { readonly tls?: true; readonly timeoutMs?: number } = {},
): Promise<{ readonly maxPayload: number | undefined } | string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket, (text) => socket.write(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const connection = await connected({
      servers: [`127.0.0.1:${port}`],
      clientName: "test",
      timeoutMs: more.timeoutMs ?? 60_000,
      identity: () => ({}),
      ...(more.tls && {
        tls: () => ({
          ca: undefined,
          cert: undefined,
          key: undefined,
          serverName: undefined,
          insecureSkipVerify: false,
          minVersion: undefined,
          maxVersion: undefined,
        }),
      }),
    });
    const maxPayload = connection.info?.max_payload;
    await connection.close();
    return { maxPayload };
  } catch (error) {
    assert.ok(error instanceof StreamError, String(error));
    return `${error.code}: ${error.message.replace(/^cannot connect to [^ ]+: /, "")}`;
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Answers each PING, as servers do. */
function greeted(socket: Socket, send: (text: string) => void): void {
  socket.on("data", (bytes: Uint8Array) => {
    if (new TextDecoder().decode(bytes).includes("PING")) send("PONG\r\n");
  });
}

test("a server that says who it is in pieces is understood", async () => {
  const result = await connectTo((socket, send) => {
    greeted(socket, send);
    const line = `INFO ${JSON.stringify(INFO)}\r\n`;
    send(line.slice(0, 9));
    setImmediate(() => send(line.slice(9)));
  });
  assert.deepEqual(result, { maxPayload: 1024 });
});

test("what is no server of NATS is told, and does not end the process", async () => {
  const not = "refused: what answers there is no server of NATS";
  assert.equal(await connectTo((_, send) => send("HTTP/1.1 400 Bad Request\r\n\r\n")), not);
  assert.equal(await connectTo((_, send) => send("INFO {\r\n")), not);
  assert.equal(await connectTo((_, send) => send("x".repeat(2 ** 20 + 1))), not);
  assert.match(String(await connectTo((_, send) => send("INFO {a}\r\n"))), /^refused: .*JSON/);
  const hungUp = await connectTo((socket) => socket.end());
  assert.equal(hungUp, "unavailable: the server has hung up");
});

test("a server without TLS is refused where TLS is asked for", async () => {
  const result = await connectTo((_, send) => send(`INFO ${JSON.stringify(INFO)}\r\n`), {
    tls: true,
  });
  assert.equal(result, "refused: server does not support 'tls'");
});

test("a server that refuses who asks is told as that", async () => {
  const result = await connectTo((socket, send) => {
    socket.on("data", () => send("-ERR 'Authorization Violation'\r\n"));
    send(`INFO ${JSON.stringify(INFO)}\r\n`);
  });
  assert.match(String(result), /^denied: .*authorization violation/i);
});

/** Something that listens, and tells of others. */
async function playing(
  context: TestContext,
  serve: (socket: Socket, greet: () => void) => void,
): Promise<{ readonly address: string; readonly tellOf: (other: string) => void }> {
  const others: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const info = { ...INFO, connect_urls: others };
    serve(socket, () => socket.write(`INFO ${JSON.stringify(info)}\r\n`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, tellOf: (other) => others.push(other) };
}

const connectedTo = (address: string): ReturnType<typeof connected> =>
  connected({ servers: [address], clientName: "test", timeoutMs: 60_000, identity: () => ({}) });

test("servers that refuse who asks and tell of each other are not asked in a circle", async (context) => {
  let asked = 0;
  const refusing = (socket: Socket, greet: () => void): void => {
    asked++;
    socket.on("data", () => socket.write("-ERR 'Authorization Violation'\r\n"));
    greet();
  };
  const [one, other] = [await playing(context, refusing), await playing(context, refusing)];
  one.tellOf(other.address);
  other.tellOf(one.address);
  await assert.rejects(connectedTo(one.address), { code: "denied" });
  assert.equal(asked, 1);
});

test("once connected, a server that was told of is gone to when the first one is lost", async (context) => {
  const first: Socket[] = [];
  const one = await playing(context, (socket, greet) => {
    first.push(socket);
    greeted(socket, (text) => socket.write(text));
    greet();
  });
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => reach = resolve);
  const other = await playing(context, (socket, greet) => {
    greeted(socket, (text) => socket.write(text));
    greet();
    reach();
  });
  one.tellOf(other.address);
  const connection = await connectedTo(one.address);
  first[0]!.destroy();
  await reached;
  await connection.close();
});

test("one that hangs up before it greets is told when the time is over", async () => {
  const result = await connectTo((socket, send) => {
    socket.on("data", () => socket.end());
    send(`INFO ${JSON.stringify(INFO)}\r\n`);
  }, { timeoutMs: 200 });
  assert.equal(result, "unavailable: the server has hung up");
});
