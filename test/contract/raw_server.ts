import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import assert from "node:assert/strict";

/** A server on a free port of the loopback that need not speak HTTP. */
export class RawServer {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  /** Bytes that came in, decrypted, of all connections. */
  bytesSeen = 0;
  connections = 0;

  /** `serve` is given each connection. With a certificate it speaks TLS. */
  constructor(serve: (socket: Socket) => void, tls?: { cert: string; key: string }) {
    const accept = (socket: Socket): void => {
      this.#keep(socket);
      this.connections++;
      socket.on("data", (chunk: Uint8Array) => this.bytesSeen += chunk.length);
      serve(socket);
    };
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
    // A client that does not like the certificate hangs up: that is for the client to tell.
    this.#server.on("tlsClientError", () => {});
    this.#server.on("connection", (socket: Socket) => this.#keep(socket));
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === "object");
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
