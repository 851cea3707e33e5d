import type { HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";
import { BodyHead } from "../platform/http/body_head.ts";
import { unlessAborted } from "../unless_aborted.ts";

/** Plays the endpoint: what it throws is a network error, a promise that hangs is a slow endpoint. */
export type EndpointScript = (
  request: HttpRequest,
  signal: AbortSignal,
) => HttpAnswer | Promise<HttpAnswer>;

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
      const answer = await unlessAborted(this.#answer(request, signal), signal);
      const head = new BodyHead(request.answerBytesMax);
      head.add(new TextEncoder().encode(answer.text));
      return { status: answer.status, header: (name) => answer.header(name), text: head.text() };
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

  async #answer(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (this.#cut) return await never();
    try {
      return await this.script(request, signal);
    } finally {
      if (this.#cut) await never();
    }
  }
}

/** An answer for a script to give. Header names are in lower case. */
export function makeAnswer(
  status: number,
  text: string = "",
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, header: (name) => headers[name], text };
}

function never(): Promise<never> {
  return new Promise(() => {});
}
