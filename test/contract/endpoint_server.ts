import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly message: IncomingMessage;
  readonly body: Uint8Array;
}

/** Answers one request. */
export type Serve = (response: ServerResponse, request: SeenRequest) => void;

/** A real HTTP server on a free port of the loopback, which serves paths by functions. */
export class EndpointServer {
  readonly #server: Server;
  readonly #scheme: "http" | "https";
  readonly #sockets: Set<Socket> = new Set();
  readonly #routes: Map<string, Serve> = new Map();
  /** Connections accepted so far. */
  connections = 0;

  /** With a certificate it is reached over TLS. */
  constructor(tls?: ServerOptions) {
    const serve = (message: IncomingMessage, response: ServerResponse): void =>
      this.#serve(message, response);
    this.#server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
    this.#scheme = tls === undefined ? "http" : "https";
    // A client that does not like the certificate hangs up: that is for the client to tell.
    this.#server.on("tlsClientError", () => {});
    this.#server.on("connection", (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async open(host: string = "127.0.0.1", port: number = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, host, resolve);
    });
  }

  /** Serves a path from now on; returns its URL. */
  at(path: string, serve: Serve): string {
    this.#routes.set(path, serve);
    return `${this.origin}${path}`;
  }

  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #serve(message: IncomingMessage, response: ServerResponse): void {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("error", () => {});
    response.on("error", () => {});
    message.on("end", () => {
      const serve = this.#routes.get(message.url ?? "");
      if (serve === undefined) response.writeHead(404).end();
      else serve(response, { message, body: new Uint8Array(Buffer.concat(chunks)) });
    });
  }
}
