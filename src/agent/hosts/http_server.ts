/**
 * The program's HTTP server: `node:http` on every runtime, as that is one parser and
 * one behaviour. `Bun.serve` ends a connection that sends two requests at once, and
 * `Deno.serve` refuses `Upgrade: h2c` and ends the process when it is out of file
 * descriptors. Bounds on clients are those of {@link Connections}, and not the
 * runtimes', which have each some of them.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type AddressInfo,
  createServer as createPlainServer,
  type Server as PlainServer,
  type Socket,
} from "node:net";
import type { Duplex } from "node:stream";
import { LogLimiter } from "../../actor/log_limiter.ts";
import type { Clock, Logger } from "../../contracts.ts";
import { messageOf } from "../../errors.ts";
import { KEEP_ALIVE_MS } from "../../platform/http/wire.ts";
import { type Connection, Connections } from "../connections.ts";
import { ListenerWatch } from "../listener_watch.ts";
import type { Answer, Handler, Listener, ListenerStats, ListenOptions } from "../host.ts";
import { isEverywhere, type ListenAddress } from "../listen_address.ts";
import { plainAddress } from "../plain_address.ts";
import { listenError } from "../listen_error.ts";
import { RETRY_AFTER_SECONDS } from "../../receive/retry_after.ts";
import { clientsMax } from "./descriptors.ts";
import { requestOf } from "./asked_request.ts";
import { chunksOf, comeAgain, hostsIn, send } from "./http_message.ts";
import { listenEverywhere } from "./listen_everywhere.ts";
import { probeListener } from "./probe_listener.ts";
import { clearSocketFile, openSocketFile } from "./socket_file.ts";
import { TlsDoor } from "./tls_door.ts";

/** Senders with long tokens and proxies with many headers need more than the usual 16 KiB. */
const HEAD_BYTES_MAX = 32 * 1024;

/** Listens on all of the addresses, or on none. */
export async function listen(options: ListenOptions, clock: Clock): Promise<Listener> {
  const { addresses, handler, logger, connectionsMax = Infinity, readMsMax, tls } = options;
  const max = Math.min(clientsMax(), connectionsMax);
  const connections = new Connections({ clock, logger, max, readMsMax });
  const door = tls && new TlsDoor({ tls, logger, clock });
  const dependencies = { handler, logger, clock, connections, door };
  const servers = addresses.map((address) => new HttpServer(address, dependencies));
  const listener = new Servers(servers, connections);
  try {
    for (const server of servers) await server.open();
  } catch (error) {
    await listener.kill();
    throw error;
  }
  return listener;
}

/** What the servers of one program share. */
interface ServerDependencies {
  readonly handler: Handler;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly connections: Connections;
  /** Through which clients come, where there is TLS. */
  readonly door: TlsDoor | undefined;
}

/** One server an address; the bounds on clients are for all together. */
class Servers implements Listener {
  readonly #servers: readonly HttpServer[];
  readonly #connections: Connections;

  constructor(servers: readonly HttpServer[], connections: Connections) {
    this.#servers = servers;
    this.#connections = connections;
  }

  get addresses(): readonly ListenAddress[] {
    return this.#servers.map(({ address }) => address);
  }

  stats(): ListenerStats {
    const { size, refusedTotal, slowTotal } = this.#connections;
    const reopenedTotal = this.#servers.reduce((sum, one) => sum + one.reopenedTotal, 0);
    return { connections: size, refusedTotal, slowTotal, reopenedTotal };
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => server.close());
    this.#connections.retireAll();
    await Promise.all(closed);
  }

  kill(): Promise<void> {
    for (const server of this.#servers) void server.close();
    this.#connections.cutAll();
    return Promise.resolve();
  }
}

/** A client that has a place. */
interface Entered {
  readonly connection: Connection;
  /** Where it came in; what TLS makes of its socket does not say it on every runtime. */
  readonly localAddress: string | undefined;
}

/** Who is at the other end of a socket. */
interface Client extends Entered {
  /** Its request that began last: those before it are complete. */
  latest: IncomingMessage | undefined;
}

/** The server at one address. */
class HttpServer {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #handler: Handler;
  readonly #server: Server;
  readonly #door: TlsDoor | undefined;
  /** What listens: the server itself, or what is before it. */
  readonly #port: PlainServer;
  readonly #clients: Map<unknown, Client> = new Map();
  /** Those that came through the door, by their sockets. */
  readonly #secured: WeakMap<object, Entered> = new WeakMap();
  readonly #unreadableLog: LogLimiter;
  readonly #failedLog: LogLimiter;
  #address: ListenAddress;
  #openedTotal = 0;
  #isOpen = false;
  #watch: ListenerWatch | undefined;

  constructor(address: ListenAddress, of: ServerDependencies) {
    this.#clock = of.clock;
    this.#logger = of.logger;
    this.#address = address;
    this.#handler = of.handler;
    this.#connections = of.connections;
    this.#unreadableLog = new LogLimiter(of.clock);
    this.#failedLog = new LogLimiter(of.clock);
    this.#server = createServer({
      maxHeaderSize: HEAD_BYTES_MAX,
      // Old and small senders have none; whether a host is a foreign one is looked at later.
      requireHostHeader: false,
      headersTimeout: 0,
      requestTimeout: 0,
      keepAliveTimeout: 0,
    });
    // What only asks for the end of its side may still be answered.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.timeout = 0;
    const take = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
      void this.#answer(incoming, outgoing);
    this.#server
      .on("connection", (socket: Socket) => this.#welcome(socket))
      .on("request", take)
      // An expectation that nobody knows is no reason to refuse data.
      .on("checkExpectation", take)
      // Without anybody for it there is no answer at all.
      .on("connect", (_: IncomingMessage, socket: Duplex) => this.#refuseTunnel(socket))
      .on("clientError", (error: Error, socket: Duplex) => this.#refuseUnreadable(error, socket));
    const { door } = of;
    this.#door = door;
    this.#port = door === undefined
      ? this.#server
      : createPlainServer((socket) => this.#secure(socket, door));
  }

  /** With the port that was taken, once it is open. */
  get address(): ListenAddress {
    return this.#address;
  }

  get reopenedTotal(): number {
    return this.#watch?.reopenedTotal ?? 0;
  }

  async open(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      throw listenError(this.#address, error);
    }
    this.#isOpen = true;
    if ("port" in this.#address) {
      const { port } = this.#port.address() as AddressInfo;
      this.#address = { ...this.#address, port };
    }
    this.#port.on("error", (error) => {
      this.#logger.error("the HTTP server failed", { error: messageOf(error) });
    });
    const openedTotal = (): number => this.#openedTotal;
    const door = this.#door;
    this.#watch = new ListenerWatch({
      clock: this.#clock,
      logger: this.#logger,
      listener: {
        get openedTotal() {
          return openedTotal();
        },
        probe: () =>
          door === undefined
            ? probeListener(this.#address, false)
            : door.quietly(() => probeListener(this.#address, true)),
        reopen: async () => {
          this.#port.close();
          await this.#listen();
        },
        close: () => void this.#port.close(),
      },
    });
  }

  /** Takes no more connections; resolves when those that there are have ended. */
  close(): Promise<void> {
    this.#watch?.stop();
    if (!this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => void this.#port.close(() => resolve()));
  }

  async #listen(): Promise<void> {
    const address = this.#address;
    if ("path" in address) {
      await clearSocketFile(address.path);
      this.#port.listen(address.path);
      await once(this.#port, "listening");
      return await openSocketFile(address.path);
    }
    if (isEverywhere(address.hostname)) return await listenEverywhere(this.#port, address.port);
    this.#port.listen(address.port, address.hostname);
    await once(this.#port, "listening");
  }

  /** Counts the client from its first byte on; undefined for one that has no place. */
  #enter(socket: Socket): Entered | undefined {
    this.#openedTotal++;
    const { localAddress } = socket;
    const connection = this.#connections.open(() => socket.destroy());
    if (connection === undefined) {
      socket.destroy();
      return undefined;
    }
    // As an option of the server only Node does it.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once("close", () => this.#connections.closed(connection));
    return { connection, localAddress };
  }

  /** The HTTP server gets a client that is through the door. */
  #secure(socket: Socket, door: TlsDoor): void {
    // However it ends, that it does is seen.
    socket.on("error", () => {});
    const entered = this.#enter(socket);
    if (entered === undefined) return;
    void door.take(socket, (secure) => {
      this.#secured.set(secure, entered);
      this.#server.emit("connection", secure);
    });
  }

  #welcome(socket: Socket): void {
    const entered = this.#secured.get(socket) ?? this.#enter(socket);
    if (entered === undefined) return;
    const { connection } = entered;
    const client: Client = { ...entered, latest: undefined };
    this.#clients.set(socket, client);
    // The client says no more: that is the end, unless it waits for the answer to a whole request.
    socket.once("end", () => {
      if (!connection.hasRequests || client.latest?.complete === false) socket.destroy();
    });
    socket.once("close", () => this.#clients.delete(socket));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const client = this.#clients.get(incoming.socket);
    const connection = client?.connection;
    if (client !== undefined) client.latest = incoming;
    connection?.requested();
    outgoing.once("close", () => connection?.answered(incoming.complete));
    incoming.once("end", () => connection?.bodyEnded());
    // A client that is gone: its request ends as one that broke off.
    incoming.on("error", () => {});
    outgoing.on("error", () => {});
    const response = connection?.isTurnedAway
      ? comeAgain("Too many clients at once; come again")
      : await this.#respond(incoming, client);
    connection?.answering();
    await send(response, incoming, outgoing, {
      isLast: connection?.isLast ?? false,
      // Of events there is always more to come: the bound is from one to the next.
      onProgress: () => connection?.answering(),
    });
  }

  async #respond(incoming: IncomingMessage, client: Client | undefined): Promise<Answer> {
    if (hostsIn(incoming) > 1) return this.#refuseHosts(incoming);
    try {
      const address = this.#address;
      const hostname = "path" in address ? undefined : address.hostname;
      const from = plainAddress(incoming.socket.remoteAddress) ??
        (hostname === undefined ? "unix" : "unknown");
      const readChunks = chunksOf(incoming);
      const { localAddress } = client ?? {};
      return await this.#handler(requestOf(incoming), {
        readChunks,
        from,
        hostname,
        localAddress,
      });
    } catch (error) {
      const hidden = this.#failedLog.admit();
      if (hidden !== undefined) {
        const fields = { error: messageOf(error), more_like_it: hidden || undefined };
        this.#logger.error("a request failed", fields);
      }
      return new Response("internal error\n", { status: 500 });
    }
  }

  /** Whoever is between may go by the other one (RFC 9112, section 3.2, which has a 400 for it). */
  #refuseHosts(incoming: IncomingMessage): Response {
    const why = `got ${hostsIn(incoming)} Host headers, expected one at most`;
    this.#tellUnreadable(why, incoming.socket);
    return comeAgain(`Cannot read request: ${why}`);
  }

  #tellUnreadable(error: string, socket: Duplex): void {
    const hidden = this.#unreadableLog.admit();
    if (hidden === undefined) return;
    const from = plainAddress((socket as Socket).remoteAddress);
    const more = hidden || undefined;
    this.#logger.warn("a request that is no HTTP was refused", { error, from, more_like_it: more });
  }

  /**
   * Bytes that are no HTTP request say nothing about the data behind them, and a
   * sender would drop that for a 400.
   */
  #refuseUnreadable(error: Error & { code?: string }, socket: Duplex): void {
    const connection = this.#clients.get(socket)?.connection;
    if (error.code === "ECONNRESET" || !socket.writable || connection?.hasRequests) {
      socket.destroy();
      return;
    }
    this.#tellUnreadable(error.message, socket);
    const head = `503 Service Unavailable\r\nRetry-After: ${RETRY_AFTER_SECONDS}`;
    this.#endWith(head, `Cannot read request: ${error.message}`, socket);
  }

  /** `CONNECT` is for proxies. */
  #refuseTunnel(socket: Duplex): void {
    if (!socket.writable || this.#clients.get(socket)?.connection.hasRequests) {
      socket.destroy();
      return;
    }
    this.#endWith("501 Not Implemented", "Method not implemented: CONNECT", socket);
  }

  /** The last answer of a connection, past what writes the others. */
  #endWith(head: string, why: string, socket: Duplex): void {
    const connection = this.#clients.get(socket)?.connection;
    connection?.requested();
    connection?.answering();
    connection?.answered(false);
    const text = `${why}\n`;
    socket.end(
      `HTTP/1.1 ${head}\r\nConnection: close\r\n` +
        `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
  }
}
