import { Agent } from "undici";
import type { HttpAnswer, HttpClient, HttpRequest, Platform } from "../contracts.ts";
import { NodeExchange } from "./node_exchange.ts";
import { NodeFileSystem } from "./node_files.ts";
import { nodeProcesses } from "./node_processes.ts";
import { SocketDoors } from "./socket_doors.ts";
import { SystemClock } from "./system_clock.ts";

/** Shards send every few seconds; a new TLS handshake each time would cost more than the request. */
const IDLE_CONNECTION_MS_MAX = 30_000;

/** HTTP by undici's dispatcher, which costs Node much less than its `fetch`. */
export class NodeHttpClient implements HttpClient {
  #agent: Agent = openAgent();
  /** Exchanges under way, of all who share this client. */
  #underWay = 0;

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { origin, pathname, search } = new URL(request.url);
    const exchange = new NodeExchange(request, signal);
    const { method, headers, body = null } = request;
    this.#agent.dispatch({ origin, path: pathname + search, method, headers, body }, exchange);
    this.#underWay++;
    try {
      return await exchange.answer;
    } finally {
      this.#underWay--;
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = openAgent();
    // A connection that is still being made, for an exchange that was given up, would be waited for.
    await (this.#underWay === 0 ? agent.destroy() : agent.close());
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

/** All that walq asks of Node. */
export function nodePlatform(): Platform {
  return {
    name: "node",
    files: new NodeFileSystem(),
    http: new NodeHttpClient(),
    clock: new SystemClock(),
    random: Math.random,
    processes: nodeProcesses(),
    doors: new SocketDoors(),
  };
}
