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
  { isLast, onProgress }: { readonly isLast: boolean; readonly onProgress: () => void },
): Promise<void> {
  outgoing.statusCode = answer.status;
  const headers = isBrief(answer) ? Object.entries(answer.headers) : answer.headers;
  for (const [name, value] of headers) outgoing.setHeader(name, value);
  const events = eventsOf(answer);
  if (events !== undefined) {
    incoming.resume();
    return await sendEvents(events, outgoing, onProgress);
  }
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

/** The body of an answer that has no end of its own. */
function eventsOf(answer: Answer): ReadableStream<Uint8Array> | undefined {
  if (isBrief(answer) || answer.body === null) return undefined;
  const type = answer.headers.get("content-type") ?? "";
  return type.startsWith("text/event-stream") ? answer.body : undefined;
}

/** Sends what comes when it comes, and reads no more of it than the client takes. */
async function sendEvents(
  events: ReadableStream<Uint8Array>,
  outgoing: ServerResponse,
  onProgress: () => void,
): Promise<void> {
  const reader = events.getReader();
  const gone = new Promise<void>((resolve) => outgoing.once("close", resolve));
  // Whoever makes the events is told that nobody reads them.
  void gone.then(() => reader.cancel()).catch(() => {});
  const leave = (): void => void outgoing.destroy();
  // Given up: a client that does not read is cut now, and not when it reads.
  void reader.closed.catch(leave);
  const { socket } = outgoing;
  // Who wants to hear more keeps its side open: without that it has gone, and nothing else says so.
  socket?.once("end", leave);
  if (outgoing.destroyed || socket?.readableEnded) return leave();
  outgoing.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!outgoing.write(value)) await Promise.race([gone, drained(outgoing)]);
      onProgress();
    }
    outgoing.end();
  } catch {
    leave();
  } finally {
    socket?.off("end", leave);
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => outgoing.once("drain", resolve));
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
