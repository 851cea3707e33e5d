/** Ways in which an endpoint is down although somebody listens; none of them takes the request. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Deals with one request, from its head on. */
export type Fault = (message: IncomingMessage, response: ServerResponse) => void;

const DAY_MS = 24 * 60 * 60_000;
/** A page of an error, again and again. */
const ENDLESS_CHUNK = "the server is out of order\n";
const ENDLESS_EVERY_MS = 5;

/** Names and values; of more values than one each has a line of its own. */
export type FaultHeaders = Readonly<Record<string, string | string[]>>;

/** Answers when the request is complete. */
export function answers(status: number, headers: FaultHeaders = {}): Fault {
  return (message, response) => {
    message.resume().on("end", () => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.writeHead(status).end("down\n");
    });
  };
}

/** Another one for each request, from the first on again after the last. */
export function inTurn(all: readonly Fault[]): Fault {
  let turn = 0;
  return (message, response) => all[turn++ % all.length]!(message, response);
}

/** 429 with a date, as HTTP writes them. */
export function retryAt(fromNowMs: number): Fault {
  return (message, response) => {
    const date = new Date(Date.now() + fromNowMs).toUTCString();
    answers(429, { "retry-after": date })(message, response);
  };
}

/** Takes the request and says nothing. */
export const hangs: Fault = (message) => void message.resume();

/** The connection is gone when the head of the request is read, and the body is under way. */
export const resetsInRequest: Fault = (message) => void message.socket.resetAndDestroy();

/** The connection is gone when half of the answer is. */
export const resetsInAnswer: Fault = (message, response) => {
  message.resume().on("end", () => {
    response.writeHead(503, { "content-length": 100 });
    response.write("half of", () => message.socket.resetAndDestroy());
  });
};

/** 503, and a body that goes on until the client has had enough. */
export const endlessBody: Fault = (message, response) => {
  message.resume().on("end", () => {
    response.writeHead(503);
    const timer = setInterval(() => response.write(ENDLESS_CHUNK), ENDLESS_EVERY_MS);
    response.on("close", () => clearInterval(timer));
  });
};

/** 503, and a body that is announced and never comes. */
export const silentBody: Fault = (message, response) => {
  message.resume().on("end", () => response.writeHead(503).flushHeaders());
};

/** Whoever follows it is here again. */
export const redirectsToItself: Fault = (message, response) => {
  const location = `http://${message.headers.host}${message.url}`;
  answers(307, { location })(message, response);
};

export const retryInADay: Fault = answers(429, { "retry-after": String(DAY_MS / 1000) });
export const retryYesterday: Fault = retryAt(-DAY_MS);
export const retryGarbage: Fault = answers(429, { "retry-after": "in a while, or so" });
