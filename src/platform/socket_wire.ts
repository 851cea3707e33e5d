import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type NetConnectOpts,
  type Socket,
} from "node:net";
import { connect as connectTls } from "node:tls";
import type { Lookups } from "./http/lookups.ts";
import type { Target } from "./http/target.ts";
import { SocketReads } from "./socket_reads.ts";
import { inPlainWords } from "./tls_words.ts";
import {
  ADDRESS_MS_MAX,
  type Dial,
  KEEP_ALIVE_MS,
  PROTOCOLS,
  type Wire,
  type WireListener,
} from "./http/wire.ts";

/** Connections by node:net and node:tls, for Node and Bun. */
export function socketDial(lookups: Pick<Lookups, "find">): Dial {
  return (target, signal) => dialSocket(target, lookups, signal);
}

async function dialSocket(
  target: Target,
  lookups: Pick<Lookups, "find">,
  signal: AbortSignal,
): Promise<Wire> {
  const address = addressOf(target, lookups, signal);
  if (target.isSecure) {
    const socket = openTls(target.host, address);
    return await whenReady(socket, "secureConnect", signal, () => new SocketWire([socket]));
  }
  const reads = new SocketReads();
  const socket = connectTcp({ ...address, onread: reads });
  return await whenReady(socket, "connect", signal, () => new SocketWire([socket], reads));
}

/**
 * What is made of the socket in the moment in which it is connected: from then on its
 * errors are that one's. Rejects with the signal's reason when that aborts.
 */
export function whenReady<Made>(
  socket: Socket,
  readyEvent: "connect" | "secureConnect",
  signal: AbortSignal,
  make: () => Made,
): Promise<Made> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose).off(readyEvent, onReady);
      finish();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        // What it still has to say interests nobody, and must not be thrown.
        socket.on("error", () => {}).destroy();
        reject(error);
      });
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(inPlainWords(error));
    const onClose = (): void => fail(new Error("the connection was closed while it was made"));
    const onReady = (): void => settle(() => resolve(make()));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("error", onError).on("close", onClose).on(readyEvent, onReady);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  });
}

/** Where to connect to; the name is looked up when it is. */
export function addressOf(
  { host, port, unixSocket }: Pick<Target, "host" | "port"> & Partial<Pick<Target, "unixSocket">>,
  lookups: Pick<Lookups, "find">,
  signal: AbortSignal,
): NetConnectOpts {
  if (unixSocket !== undefined) return { path: unixSocket };
  const lookup: LookupFunction = (name, { all }, done) => {
    lookups.find(name, signal).then((found) => {
      const [first] = found;
      if (all) done(null, [...found]);
      else done(null, first?.address ?? "", first?.family);
    }, (error: NodeJS.ErrnoException) => done(error, ""));
  };
  return { host, port, lookup, autoSelectFamilyAttemptTimeout: ADDRESS_MS_MAX };
}

/** Said, not left out: otherwise `NODE_TLS_REJECT_UNAUTHORIZED=0` switches verification off. */
const VERIFIED = { rejectUnauthorized: true };

function openTls(host: string, address: NetConnectOpts): Socket {
  return connectTls({
    ...address,
    ...VERIFIED,
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: [...PROTOCOLS],
  });
}

/** A connection over a socket, and the sockets that this one's bytes go through: those of proxies. */
export class SocketWire implements Wire {
  readonly #socket: Socket;
  /** With the outermost one in front. */
  readonly #all: readonly Socket[];
  readonly #reads: SocketReads | undefined;
  #early: Error | undefined;

  /** @param reads what the outermost was made with, if it was */
  constructor(all: readonly [Socket, ...Socket[]], reads?: SocketReads) {
    this.#all = all;
    this.#socket = all[0];
    this.#reads = reads;
    // An error that nobody listens to ends the process, and the listener is still to come.
    this.#socket.on("error", this.#keep);
  }

  readonly #keep = (error: Error): void => {
    this.#early = error;
  };

  listen(listener: WireListener): void {
    this.#socket.off("error", this.#keep);
    this.#socket.on("end", () => listener.onEnd())
      .on("error", (error) => listener.onError(inPlainWords(error)))
      .on("close", () => listener.onEnd());
    if (this.#reads !== undefined) this.#reads.listen((bytes) => listener.onData(bytes));
    else this.#socket.on("data", (bytes: Uint8Array) => listener.onData(bytes));
    // Behind a proxy it was paused when the proxy had answered.
    this.#socket.resume();
    if (!this.#socket.destroyed) return;
    if (this.#early === undefined) listener.onEnd();
    else listener.onError(inPlainWords(this.#early));
  }

  write(parts: readonly Uint8Array[], onWritten: () => void): void {
    const socket = this.#socket;
    const last = parts.length - 1;
    if (last > 0) socket.cork();
    for (const part of parts.slice(0, last)) socket.write(part);
    socket.write(parts[last]!, (error) => {
      if (!error) onWritten();
    });
    if (last > 0) socket.uncork();
  }

  keepAlive(isNeeded: boolean): void {
    for (const socket of this.#all) {
      if (isNeeded) socket.ref();
      else socket.unref();
    }
  }

  destroy(): void {
    for (const socket of this.#all) socket.destroy();
  }
}
