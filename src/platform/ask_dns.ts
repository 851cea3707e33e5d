import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { AskDns, DnsServer } from "../contracts.ts";

/** An answer over TCP has its length in front of it, in two bytes (RFC 1035, section 4.2.2). */
const LENGTH_BYTES = 2;

/** Questions to name servers by node:dgram and node:net, on every runtime. */
export const askDns: AskDns = (server, query, transport, signal) =>
  transport === "udp" ? askByUdp(server, query, signal) : askByTcp(server, query, signal);

function askByUdp(server: DnsServer, query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      // What it still has to say interests nobody, and must not be thrown.
      socket.removeAllListeners().on("error", () => {});
      socket.close();
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const fail = (error: unknown): void => settle(() => reject(error));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", fail);
    socket.on("message", (answer: Uint8Array, from: { readonly port: number }) => {
      // Somebody else's, or a late one: the first two bytes say to which question it is.
      const isIts = from.port === server.port && answer[0] === query[0] && answer[1] === query[1];
      if (isIts) settle(() => resolve(new Uint8Array(answer)));
    });
    socket.send(query, server.port, server.address, (error) => {
      if (error) fail(error);
    });
  });
}

function askByTcp(server: DnsServer, query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port });
    let got = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners().on("error", () => {}).destroy();
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", (error) => settle(() => reject(error)));
    socket.on("close", () => settle(() => reject(new Error("it has hung up"))));
    socket.on("data", (piece: Uint8Array) => {
      got = Buffer.concat([got, piece]);
      if (got.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + got.readUInt16BE(0);
      if (got.length >= end) settle(() => resolve(new Uint8Array(got.subarray(LENGTH_BYTES, end))));
    });
    const framed = Buffer.alloc(LENGTH_BYTES + query.length);
    framed.writeUInt16BE(query.length, 0);
    framed.set(query, LENGTH_BYTES);
    socket.write(framed);
  });
}
