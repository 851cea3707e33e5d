import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Arrivals } from "./arrivals.ts";

/** How an endpoint is down: nobody listens, it answers 503, or it takes requests and says nothing. */
export type Outage = "refuses" | "answers 503" | "hangs";

export const OUTAGES: readonly Outage[] = ["refuses", "answers 503", "hangs"];

/** The endpoint of a round: what it takes it has checked and counted. */
export class RoundEndpoint {
  readonly port: number;
  /** Requests that came, also while it was down. */
  requests = 0;
  #outage: Outage | undefined = "refuses";
  #arrivals: Arrivals | undefined;
  #server: Server | undefined;
  readonly #sockets: Set<Socket> = new Set();

  constructor(port: number) {
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/api/v1/write`;
  }

  async goDown(outage: Outage): Promise<void> {
    this.#outage = outage;
    this.#hangUp();
    if (outage === "refuses") await this.close();
    else await this.#listen();
  }

  async comeUp(arrivals: Arrivals): Promise<void> {
    this.#arrivals = arrivals;
    this.#outage = undefined;
    // What hung until now is over: the sender has to come again.
    this.#hangUp();
    await this.#listen();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    this.#hangUp();
    await new Promise<unknown>((resolve) => server.close(resolve));
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(): Promise<void> {
    if (this.#server) return;
    const server = createServer((message, response) => this.#serve(message, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.on("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
  }

  #serve(message: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("error", () => {});
    response.on("error", () => {});
    message.on("end", () => {
      if (this.#outage === "hangs") return;
      if (this.#outage !== undefined) return void response.writeHead(503).end("down");
      this.#arrivals!.take(Buffer.concat(chunks));
      response.writeHead(204).end();
    });
  }
}
