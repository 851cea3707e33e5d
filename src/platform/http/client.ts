import { clearTimeout, setTimeout } from "node:timers";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../contracts.ts";
import { Connection } from "./connection.ts";
import { requestBytes } from "./request_bytes.ts";
import { type Target, targetOf } from "./target.ts";
import type { Dial } from "./wire.ts";

/** Shards send every few seconds; a new TLS handshake each time would cost more than the request. */
const IDLE_MS_MAX = 30_000;

/** A connection that waits for its next exchange. */
interface Idle {
  readonly connection: Connection;
  readonly untilMs: number;
}

/**
 * HTTP/1.1 over sockets, the same on every runtime. The runtimes' own clients differ
 * in which answers they can read, some share a bounded number of connections out
 * among all endpoints, unpack answers without a bound, or take proxies from the
 * environment; walq needs one POST at a time over a connection, and no more.
 *
 * Each exchange has a connection of its own, new or idle: endpoints share none, and
 * none waits for another's.
 */
export class SocketHttpClient implements HttpClient {
  readonly #dial: Dial;
  /** Idle connections by origin; the one used last is at the end. */
  readonly #idle: Map<string, Idle[]> = new Map();
  #sweep: NodeJS.Timeout | undefined;
  /** How often this was closed: connections from before are not kept. */
  #closes = 0;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const target = targetOf(request.url);
    const parts = requestBytes(request, target);
    const { answerBytesMax } = request;
    for (;;) {
      const idle = this.#takeIdle(target.origin);
      if (idle === undefined) {
        const connection = await this.#open(target, signal);
        return await connection.exchange(parts, answerBytesMax, signal);
      }
      try {
        return await idle.exchange(parts, answerBytesMax, signal);
      } catch (error) {
        // An endpoint may close an idle connection while the request is on its way, which
        // says nothing of the request: that is not a failure, and no reason to wait.
        if (signal.aborted || !idle.isMute) throw error;
      }
    }
  }

  close(): Promise<void> {
    this.#closes++;
    for (const idle of [...this.#idle.values()].flat()) idle.connection.destroy();
    this.#idle.clear();
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    return Promise.resolve();
  }

  async #open(target: Target, signal: AbortSignal): Promise<Connection> {
    const closes = this.#closes;
    const wire = await this.#dial(target, signal);
    const connection = new Connection(wire, (idle, idleMsMax = Infinity) => {
      if (this.#closes === closes) {
        this.#keep(target.origin, idle, Math.min(IDLE_MS_MAX, idleMsMax));
      } else idle.destroy();
    });
    if (signal.aborted) connection.destroy();
    signal.throwIfAborted();
    return connection;
  }

  #takeIdle(origin: string): Connection | undefined {
    const idle = this.#idle.get(origin) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.connection.isOpen && performance.now() < last.untilMs) return last.connection;
      last.connection.destroy();
    }
    this.#idle.delete(origin);
    return undefined;
  }

  #keep(origin: string, connection: Connection, idleMs: number): void {
    const untilMs = performance.now() + idleMs;
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [{ connection, untilMs }]);
    else idle.push({ connection, untilMs });
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#sweep !== undefined) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      this.#dropOld();
      if (this.#idle.size > 0) this.#sweepLater();
    }, IDLE_MS_MAX / 2);
    // Idle connections keep no program up.
    this.#sweep.unref();
  }

  #dropOld(): void {
    const nowMs = performance.now();
    for (const [origin, all] of this.#idle) {
      const kept = all.filter(({ connection, untilMs }) => {
        const isKept = connection.isOpen && nowMs < untilMs;
        if (!isKept) connection.destroy();
        return isKept;
      });
      if (kept.length > 0) this.#idle.set(origin, kept);
      else this.#idle.delete(origin);
    }
  }
}
