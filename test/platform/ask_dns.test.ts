/** Questions to name servers over real sockets. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import type { DnsServer } from "../../src/contracts.ts";
import { defaultPlatform } from "../../src/platform/default.ts";

const { askDns, name } = await defaultPlatform();
const QUERY = Uint8Array.of(0x12, 0x34, 1, 2, 3);
const NEVER = new AbortController().signal;

interface Server extends DnsServer {
  close(): Promise<void>;
}

/** Answers each packet with these. */
async function udp(answer: (query: Uint8Array) => readonly Uint8Array[]): Promise<Server> {
  const socket = createSocket("udp4");
  socket.on("message", (query: Uint8Array, { port, address }) => {
    for (const one of answer(query)) socket.send(one, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  const close = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
  return { address: "127.0.0.1", port, close };
}

async function tcp(serve: (socket: Socket, query: Uint8Array) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("data", (query: Uint8Array) => serve(socket, query));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { address: "127.0.0.1", port: (server.address() as AddressInfo).port, close };
}

describe(`askDns on ${name}`, () => {
  it("has the answer to its own question over UDP, and no other", async () => {
    const server = await udp((query) => [
      Uint8Array.of(9, 9, 9),
      Uint8Array.from([...query, 42]),
    ]);
    const answer = await askDns(server, QUERY, "udp", NEVER);
    assert.deepEqual([...answer], [...QUERY, 42]);
    await server.close();
  });

  it("has an answer over TCP that comes in pieces", async () => {
    const server = await tcp((socket, query) => {
      assert.deepEqual([...query], [0, QUERY.length, ...QUERY]);
      socket.write(
        Uint8Array.of(1),
        () =>
          setImmediate(() =>
            socket.write(
              Uint8Array.of(0, 7),
              () => setImmediate(() => socket.write(new Uint8Array(255).fill(8))),
            )
          ),
      );
    });
    const answer = await askDns(server, QUERY, "tcp", NEVER);
    assert.deepEqual([...answer], [7, ...new Array(255).fill(8)]);
    await server.close();
  });

  it("rejects when the other side hangs up over TCP", async () => {
    const server = await tcp((socket) => socket.end(Uint8Array.of(1, 0, 7)));
    await assert.rejects(askDns(server, QUERY, "tcp", NEVER), /hung up/);
    await server.close();
  });

  it("rejects with the signal's reason while it waits, and before", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const silentUdp = await udp(() => {
      controller.abort(reason);
      return [];
    });
    const isReason = (error: unknown): boolean => error === reason;
    await assert.rejects(askDns(silentUdp, QUERY, "udp", controller.signal), isReason);
    await silentUdp.close();
    const other = new AbortController();
    const silentTcp = await tcp(() => other.abort(reason));
    await assert.rejects(askDns(silentTcp, QUERY, "tcp", other.signal), isReason);
    await assert.rejects(askDns(silentTcp, QUERY, "tcp", AbortSignal.abort(reason)), isReason);
    await assert.rejects(askDns(silentTcp, QUERY, "udp", AbortSignal.abort(reason)), isReason);
    await silentTcp.close();
  });

  it("rejects when nobody listens over TCP, or the address is none", async () => {
    const gone = await tcp(() => {});
    await gone.close();
    await assert.rejects(askDns(gone, QUERY, "tcp", NEVER), Error);
    await assert.rejects(askDns({ address: "256.1.1.1", port: 53 }, QUERY, "udp", NEVER), Error);
  });
});
