import { Agent, type Dispatcher } from "undici";
import type { HttpAnswer, HttpClient, HttpRequest, Platform } from "../contracts.ts";
import { BodyHead } from "./body_head.ts";
import { NodeFileSystem } from "./node_files.ts";
import { nodeProcesses } from "./node_processes.ts";
import { SystemClock } from "./system_clock.ts";

/** Shards send every few seconds; a new TLS handshake each time would cost more than the request. */
const IDLE_CONNECTION_MS_MAX = 30_000;

/** An answer with this much more than is wanted is read to its end, which keeps the connection. */
const REST_BYTES_MAX = 64 * 1024;
const REST_MS_MAX = 1_000;

/** HTTP by undici's dispatcher, which costs Node much less than its `fetch`. */
export class NodeHttpClient implements HttpClient {
  #agent: Agent = openAgent();

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { origin, pathname, search } = new URL(request.url);
    try {
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        signal,
      });
      const text = await readHead(answer.body, request.answerBytesMax, signal);
      return { status: answer.statusCode, header: (name) => joined(answer.headers[name]), text };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = openAgent();
    await agent.close();
  }
}

/** How long an exchange may take is for the caller and its signal to say: no timeouts of its own. */
function openAgent(): Agent {
  return new Agent({
    keepAliveTimeout: IDLE_CONNECTION_MS_MAX,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

async function readHead(
  body: Dispatcher.ResponseData["body"],
  bytesMax: number,
  signal: AbortSignal,
): Promise<string> {
  const head = new BodyHead(bytesMax);
  if (!head.full) {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      head.add(chunk);
      if (head.full) break;
    }
  }
  if (head.full) discardRest(body, bytesMax, signal);
  return head.text();
}

/** Not awaited: the answer is complete for the caller, whatever becomes of the rest. */
function discardRest(
  body: Dispatcher.ResponseData["body"],
  bytesMax: number,
  signal: AbortSignal,
): void {
  const until = AbortSignal.any([signal, AbortSignal.timeout(REST_MS_MAX)]);
  body.dump({ limit: bytesMax + REST_BYTES_MAX, signal: until }).catch(() => {});
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

/** All that walq asks of Node. */
export function nodePlatform(): Platform {
  return {
    name: "node",
    files: new NodeFileSystem(),
    http: new NodeHttpClient(),
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
  };
}
