/** Requests and answers of `node:http`, as the program's handler has them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BriefAnswer } from "../../receive/brief_answer.ts";
import type { ReadChunks } from "../../receive/incoming.ts";
import type { Answer } from "../host.ts";
import { UnreadBodyError } from "../../receive/read_body.ts";
import { RETRY_AFTER_SECONDS } from "../../receive/retry_after.ts";

/** How many Host headers a request has. */
export function hostsIn({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count;
}

/** An answer that says nothing about the data: a sender tries again. */
export function comeAgain(why: string): Response {
  return new Response(`${why}\n`, {
    status: 503,
    headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  });
}

/**
 * Whatever has come or comes of a body that nobody reads is discarded: many a sender
 * writes all of it before it reads its answer.
 */
export async function send(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  isLast: boolean,
): Promise<void> {
  outgoing.statusCode = answer.status;
  const headers = isBrief(answer) ? Object.entries(answer.headers) : answer.headers;
  for (const [name, value] of headers) outgoing.setHeader(name, value);
  const body = incoming.method === "HEAD" ? undefined : await bodyOf(answer);
  if (body !== undefined) outgoing.setHeader("content-length", body.length);
  // A connection that is closed upon a body under way is reset, and the answer with it.
  if (isLast && incoming.complete) outgoing.setHeader("connection", "close");
  outgoing.end(body);
  incoming.resume();
}

/** By what it has: Node loads all of its `fetch` as soon as `Response` is named. */
function isBrief(answer: Answer): answer is BriefAnswer {
  return !("arrayBuffer" in answer);
}

async function bodyOf(answer: Answer): Promise<Uint8Array | undefined> {
  if (isBrief(answer)) {
    return answer.text === undefined ? undefined : new TextEncoder().encode(answer.text);
  }
  return answer.body === null ? undefined : new Uint8Array(await answer.arrayBuffer());
}

/** The body by the stream's own events: a web stream costs several times more. */
export function chunksOf(incoming: IncomingMessage): ReadChunks {
  return (take) =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        incoming.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
        settle();
      };
      const onEnd = (): void => finish(resolve);
      const onCut = (): void =>
        finish(() =>
          reject(new UnreadBodyError("The request's body broke off; come again", false))
        );
      const onData = (chunk: Uint8Array): void => {
        try {
          take(chunk);
        } catch (error) {
          finish(() => reject(error));
        }
      };
      if (incoming.destroyed) return onCut();
      incoming.on("data", onData).on("end", onEnd).on("error", onCut).on("close", onCut);
    });
}
