/** Endpoints over real sockets, one for each behaviour. */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import type { Socket } from "node:net";
import { EndpointServer } from "../../test/contract/endpoint_server.ts";
import { RawServer } from "../../test/contract/raw_server.ts";
import type { Behaviour, Place, Stage } from "./behaviour.ts";

/** A request, and which it is of its server's, from 1. */
export interface Asked {
  readonly message: IncomingMessage;
  readonly body: Uint8Array;
  readonly number: number;
}

/** Answers a request. */
export type Answer = (response: ServerResponse, asked: Asked) => void;

const PATH = "/api/v1/write";

/** A status, with headers and a text. */
export function status(
  code: number,
  headers: Readonly<Record<string, string>> = {},
  text: string = "",
): Answer {
  return (response) => void response.writeHead(code, headers).end(text);
}

/** One answer first, and another one from then on. */
export function then(first: Answer, later: Answer, times: number = 1): Answer {
  return (response, asked) => (asked.number <= times ? first : later)(response, asked);
}

/** An endpoint that answers, over HTTP, or TLS with a certificate. */
export async function serve(stage: Stage, answer: Answer, tls?: ServerOptions): Promise<string> {
  const server = new EndpointServer(tls);
  await server.open();
  stage.closeLater(() => server.close());
  let number = 0;
  return server.at(PATH, (response, { message, body }) => {
    answer(response, { message, body, number: ++number });
  });
}

/** The same as a behaviour. */
export function answering(name: string, answer: Answer, options: Partial<Place> = {}): Behaviour {
  return { name, open: async (stage) => ({ ...options, url: await serve(stage, answer) }) };
}

/** An endpoint that does what it wants with its connections. */
export async function connected(stage: Stage, take: (socket: Socket) => void): Promise<string> {
  const server = new RawServer(take);
  const port = await server.open();
  stage.closeLater(() => server.close());
  return `http://127.0.0.1:${port}${PATH}`;
}

/** Each request gets these bytes, whatever they are. */
export function saying(name: string, bytes: string, ends = false): Behaviour {
  const say = (socket: Socket): void => {
    socket.on("data", () => ends ? socket.end(bytes) : socket.write(bytes));
  };
  return { name, open: async (stage) => ({ url: await connected(stage, say) }) };
}

/** A certificate or a key of the tests: test/fixtures/tls/make.sh. */
export function pem(name: string): string {
  return readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");
}

/** How often the word stands in the body, which is under snappy: a name that stands once is there as it is. */
export function holds(body: Uint8Array, word: string): boolean {
  return Buffer.from(body).includes(word);
}
