import { clearTimeout, setTimeout } from "node:timers";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../contracts.ts";
import { ProxyError } from "../../errors.ts";
import { Connection } from "./connection.ts";
import { type ChooseProxy, type Proxy, withoutLogin } from "./proxy.ts";
import { requestBytes } from "./request_bytes.ts";
import { type Target, targetOf } from "./target.ts";
import { REFUSED_LOGIN } from "./tunnel.ts";
import type { Dial } from "./wire.ts";

/** Shards send every few seconds; a new TLS handshake each time would cost more than the request. */
const IDLE_MS_MAX = 30_000;

/**
 * How many wait for their next exchange at most, over all places: each has a descriptor, and
 * whoever asks thousands of targets would keep as many.
 */
export const IDLE_MAX = 128;

/**
 * A connection is used for this long, and then made anew, which looks its name up again:
 * a receiver that has moved is found though its old address still takes connections, and
 * one that was added gets its share.
 */
export const CONNECTION_MS_MAX: number = 5 * 60_000;

/** Places that are remembered at most. */
const TARGETS_MAX = 1024;

/** A connection that waits for its next exchange. */
interface Idle {
  readonly place: string;
  readonly connection: Connection;
  readonly untilMs: number;
}

/**
 * HTTP/1.1 over sockets, the same on every runtime. The runtimes' own clients differ
 * in which answers they can read, some share a bounded number of connections out
 * among all endpoints, unpack answers without a bound, or take proxies from the
 * environment; walq needs one request at a time over a connection, and no more.
 *
 * Each exchange has a connection of its own, new or idle: endpoints share none, and
 * none waits for another's.
 */
export class SocketHttpClient implements HttpClient {
  readonly #dial: Dial;
  readonly #chooseProxy: ChooseProxy;
  readonly #nowMs: () => number;
  /** Idle connections by place; the one used last is at the end. */
  readonly #idle: Map<string, Idle[]> = new Map();
  /** The same, those first that have waited longest. */
  readonly #byAge: Set<Idle> = new Set();
  /** By URL; some are secrets, as they are with those who ask. */
  readonly #targets: Map<string, Target> = new Map();
  #sweep: NodeJS.Timeout | undefined;
  /** How often this was closed: connections from before are not kept. */
  #closes = 0;

  /** `nowMs` is by a clock that only grows. */
  constructor(
    dial: Dial,
    chooseProxy: ChooseProxy = () => undefined,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#dial = dial;
    this.#chooseProxy = chooseProxy;
    this.#nowMs = nowMs;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const target = this.#targetOf(request);
    const proxy = target.unixSocket === undefined ? this.#chooseProxy(target) : undefined;
    if (proxy === undefined || proxy.kind === "socks5" || target.isSecure) {
      return await this.#exchange(request, target, signal, proxy);
    }
    const answer = await this.#exchange(request, target, signal, proxy, proxy);
    // It is the proxy's own: an endpoint has no such answer (RFC 9110, section 15.5.8).
    if (answer.status === 407) throw new ProxyError(proxy.shown, REFUSED_LOGIN);
    return answer.status < 300 ? answer : { ...answer, text: withoutLogin(answer.text, proxy) };
  }

  /** The same few URLs are asked again and again, and taking one apart is dear. */
  #targetOf({ url, unixSocket }: HttpRequest): Target {
    if (unixSocket !== undefined) return targetOf(url, unixSocket);
    const known = this.#targets.get(url);
    if (known !== undefined) return known;
    if (this.#targets.size >= TARGETS_MAX) this.#targets.clear();
    const target = targetOf(url);
    this.#targets.set(url, target);
    return target;
  }

  /** `sender` is the proxy that has to send the request on. */
  async #exchange(
    request: HttpRequest,
    target: Target,
    signal: AbortSignal,
    proxy?: Proxy,
    sender?: Proxy,
  ): Promise<HttpAnswer> {
    const parts = requestBytes(request, target, sender);
    const { onConnecting } = request;
    for (;;) {
      const idle = this.#takeIdle(target.place);
      if (idle === undefined) {
        const connection = await this.#open(target, signal, { proxy, onConnecting });
        return await connection.exchange(parts, request, signal);
      }
      try {
        return await idle.exchange(parts, request, signal);
      } catch (error) {
        // An endpoint may close an idle connection while the request is on its way, which
        // says nothing of the request: that is not a failure, and no reason to wait.
        if (signal.aborted || !idle.isMute) throw error;
      }
    }
  }

  close(): Promise<void> {
    this.#closes++;
    for (const idle of this.#byAge) idle.connection.destroy();
    this.#idle.clear();
    this.#byAge.clear();
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
    return Promise.resolve();
  }

  async #open(
    target: Target,
    signal: AbortSignal,
    { proxy, onConnecting }: {
      readonly proxy: Proxy | undefined;
      readonly onConnecting: HttpRequest["onConnecting"];
    },
  ): Promise<Connection> {
    const closes = this.#closes;
    if (proxy !== undefined) onConnecting?.(proxy.shown);
    const wire = await this.#dial(target, signal, proxy);
    if (proxy !== undefined) onConnecting?.(undefined);
    const endMs = this.#nowMs() + CONNECTION_MS_MAX;
    const connection = new Connection(wire, (idle, idleMsMax = Infinity) => {
      const untilMs = Math.min(endMs, this.#nowMs() + Math.min(IDLE_MS_MAX, idleMsMax));
      if (this.#closes === closes) this.#keep(target.place, idle, untilMs);
      else idle.destroy();
    });
    if (signal.aborted) connection.destroy();
    signal.throwIfAborted();
    return connection;
  }

  #takeIdle(place: string): Connection | undefined {
    const idle = this.#idle.get(place) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      this.#byAge.delete(last);
      if (last.connection.isOpen && this.#nowMs() < last.untilMs) return last.connection;
      last.connection.destroy();
    }
    this.#idle.delete(place);
    return undefined;
  }

  #keep(place: string, connection: Connection, untilMs: number): void {
    const kept = { place, connection, untilMs };
    const idle = this.#idle.get(place);
    if (idle === undefined) this.#idle.set(place, [kept]);
    else idle.push(kept);
    this.#byAge.add(kept);
    const [oldest] = this.#byAge;
    if (this.#byAge.size > IDLE_MAX) this.#drop(oldest!);
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
    const nowMs = this.#nowMs();
    for (const idle of this.#byAge) {
      if (!idle.connection.isOpen || nowMs >= idle.untilMs) this.#drop(idle);
    }
  }

  #drop(idle: Idle): void {
    idle.connection.destroy();
    this.#byAge.delete(idle);
    const others = this.#idle.get(idle.place)?.filter((one) => one !== idle) ?? [];
    if (others.length > 0) this.#idle.set(idle.place, others);
    else this.#idle.delete(idle.place);
  }
}
