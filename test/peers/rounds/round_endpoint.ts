import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import * as faults from "../support/faults.ts";

/** How an endpoint is down. */
export interface Outage {
  /** For people. */
  readonly name: string;
  /** What becomes of a request; without it nobody listens. */
  readonly fault?: faults.Fault;
  /** It asks for a wait that is longer than a round. */
  readonly isLongWait?: true;
}

/** What an endpoint that is up does with a request: the status of the answer, 204 unless told. */
export interface Taker {
  take(body: Uint8Array): number | void;
}

export const REFUSES: Outage = { name: "refuses" };

export const OUTAGES: readonly Outage[] = [
  REFUSES,
  { name: "answers 503", fault: faults.answers(503) },
  { name: "hangs", fault: faults.hangs },
  { name: "resets in the request", fault: faults.resetsInRequest },
  { name: "resets in the answer", fault: faults.resetsInAnswer },
  { name: "429 with Retry-After in a day", fault: faults.retryInADay, isLongWait: true },
  { name: "429 with Retry-After yesterday", fault: faults.retryYesterday },
  { name: "429 with Retry-After of garbage", fault: faults.retryGarbage },
  { name: "503 with a body without end", fault: faults.endlessBody },
  { name: "redirects to itself", fault: faults.redirectsToItself },
];

/** The endpoint of a round: what it takes it has checked and counted. */
export class RoundEndpoint {
  readonly port: number;
  /** Requests that came, also while it was down. */
  requests = 0;
  #outage: Outage | undefined = REFUSES;
  #taker: Taker | undefined;
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
    if (outage.fault === undefined) await this.close();
    else await this.#listen();
  }

  async comeUp(taker: Taker): Promise<void> {
    this.#taker = taker;
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
      socket.on("error", () => {});
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
    message.on("error", () => {});
    response.on("error", () => {});
    // A request that came in during the outage has the outage's end, whenever it is complete.
    if (this.#outage !== undefined) return void this.#outage.fault?.(message, response);
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      // Nobody would hear the answer, so nothing is taken.
      if (message.socket.destroyed) return;
      response.writeHead(this.#taker!.take(Buffer.concat(chunks)) ?? 204).end();
    });
  }
}
