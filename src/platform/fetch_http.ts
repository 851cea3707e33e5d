import type { HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";
import { BodyHead } from "./body_head.ts";

/** HTTP by `fetch`, for Deno and Bun. */
export class FetchHttpClient implements HttpClient {
  /** What the runtime's own `fetch` takes beyond the standard. */
  readonly #extras: () => object;
  readonly #closeIdle: () => void;

  constructor(extras: () => object = () => ({}), closeIdle: () => void = () => {}) {
    this.#extras = extras;
    this.#closeIdle = closeIdle;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      const response = await fetch(request.url, {
        ...this.#extras(),
        method: request.method,
        headers: request.headers,
        // A plain byte array is sent with content-length, never chunked.
        body: (request.body ?? null) as Uint8Array<ArrayBuffer> | null,
        redirect: "manual",
        signal,
      });
      const text = await readHead(response, request.answerBytesMax);
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        text,
      };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  close(): Promise<void> {
    this.#closeIdle();
    return Promise.resolve();
  }
}

async function readHead(response: Response, bytesMax: number): Promise<string> {
  const head = new BodyHead(bytesMax);
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  try {
    while (!head.full) {
      const { value, done } = await reader.read();
      if (done) return head.text();
      head.add(value);
    }
  } catch {
    // The status is the answer; a body that is cut off takes nothing of it back.
  }
  // Not awaited: the answer is complete for the caller, whatever becomes of the rest.
  reader.cancel().catch(() => {});
  return head.text();
}
