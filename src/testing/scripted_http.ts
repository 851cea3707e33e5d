import type { HttpAnswer, HttpAnswerHead, HttpClient, HttpRequest } from "../contracts.ts";
import { BodyTooLargeError } from "../errors.ts";
import { BodyHead } from "../platform/http/body_head.ts";
import { unlessAborted } from "../unless_aborted.ts";

/** The answer that a script gives. */
export interface ScriptedAnswer extends HttpAnswer {
  /** The body where it is no text; `text` is not looked at then. */
  readonly bytes?: Uint8Array;
}

/**
 * Plays the endpoint: what it throws is a network error, a promise that hangs is a slow
 * endpoint. Where the whole body is wanted, it may give pieces of it to `request.onBody`
 * before it resolves, as one does that goes on talking; what is in the answer comes behind.
 */
export type EndpointScript = (
  request: HttpRequest,
  signal: AbortSignal,
) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** HTTP without a network: every exchange is answered by a script. */
export class ScriptedHttpClient implements HttpClient {
  /** May be replaced at any time; exchanges under way keep the one they began with. */
  script: EndpointScript;
  /** Exchanges begun. */
  exchanges = 0;
  /** Exchanges begun and neither answered nor aborted. */
  inFlight = 0;
  #cut = false;

  /** Every request gets a 200 unless the script says otherwise. */
  constructor(script: EndpointScript = () => makeAnswer(200)) {
    this.script = script;
  }

  /** Asks the script. */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    this.exchanges++;
    this.inFlight++;
    try {
      const bounded = withBound(request, signal);
      const answer = await unlessAborted(this.#answer(bounded, signal), signal);
      const { status } = answer;
      const header = (name: string): string | undefined => answer.header(name);
      const body = answer.bytes ?? new TextEncoder().encode(answer.text);
      if (bounded.onBody !== undefined) {
        const isWanted = request.wantsBodyOf?.(status) ?? true;
        if (isWanted && body.length > 0) bounded.onBody(body, { status, header });
        return { status, header, text: "" };
      }
      const head = new BodyHead(request.answerBytesMax);
      head.add(body);
      const { isBodySent = false } = answer;
      return { status, header, text: head.text(), isBodySent };
    } finally {
      this.inFlight--;
    }
  }

  /** There is no connection to close. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The process that used this is gone: answers under way never arrive. */
  cut(): void {
    this.#cut = true;
  }

  async #answer(request: HttpRequest, signal: AbortSignal): Promise<ScriptedAnswer> {
    if (this.#cut) return await never();
    try {
      return await this.script(request, signal);
    } finally {
      if (this.#cut) await never();
    }
  }
}

/** The request with an `onBody` that keeps its promises: to the byte, and to who has gone away. */
function withBound(request: HttpRequest, signal: AbortSignal): HttpRequest {
  const { onBody, answerBytesMax } = request;
  if (onBody === undefined) return request;
  let length = 0;
  const bounded = (piece: Uint8Array, head: HttpAnswerHead): void => {
    if (signal.aborted) return;
    length += piece.length;
    if (length > answerBytesMax) throw new BodyTooLargeError(answerBytesMax);
    onBody(piece, head);
  };
  return { ...request, onBody: bounded };
}

/** An answer for a script to give, with a body of text or bytes. Header names are in lower case. */
export function makeAnswer(
  status: number,
  body: string | Uint8Array = "",
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer {
  const header = (name: string): string | undefined => headers[name];
  return typeof body === "string"
    ? { status, header, text: body }
    : { status, header, text: "", bytes: body };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
