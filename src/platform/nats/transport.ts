/**
 * Connections to servers of NATS for its client, by node:net and node:tls, on every runtime.
 * The client has one of its own for Node: that leaves sockets without a listener in between,
 * where an error ends the process on Deno, and verifies a server that is an address as if it
 * were localhost.
 */
import {
  checkOptions,
  type ConnectionOptions,
  type Server,
  type ServerInfo,
  type TlsOptions,
  type Transport,
} from "@nats-io/nats-core/internal";
import { readFileSync } from "node:fs";
import { createConnection, isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions as Tls,
} from "node:tls";
import { StreamError } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import { whenReady } from "../socket_wire.ts";
import { inPlainWords } from "../tls_words.ts";

/** What {@link SocketTransport} knows of options beside what the client does. */
export interface TransportOptions extends ConnectionOptions {
  /** Told why a connection has ended by itself. The client does not tell it before it was greeted. */
  readonly onLost?: (error: Error) => void;
}

/** The first line of a server; nobody's is longer. */
const INFO_BYTES_MAX = 1024 * 1024;

/** One connection. */
export class SocketTransport implements Transport {
  readonly lang = "walq";
  readonly version: string = VERSION;
  closeError?: Error;
  readonly #abort = new AbortController();
  #tellEnd: () => void = () => {};
  readonly #ended = new Promise<void>((end) => this.#tellEnd = end);
  /** The outermost one in front. */
  readonly #sockets: Socket[] = [];
  /** The first error of any of them. */
  #early: Error | undefined;
  #frames: Uint8Array[] = [];
  #wake: () => void = () => {};
  #isConnected = false;
  #isDone = false;
  #isEncrypted = false;
  #onLost: ((error: Error) => void) | undefined;

  get isClosed(): boolean {
    return this.#isDone;
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  async connect(server: Server, options: TransportOptions): Promise<void> {
    this.#onLost = options.onLost;
    const name = server.tlsName || server.hostname;
    const isSecuredFirst = options.tls?.handshakeFirst === true;
    try {
      await this.#opened(
        createConnection({ host: server.hostname, port: server.port }),
        "connect",
      );
      if (isSecuredFirst) await this.#secure(name, options.tls);
      const info = await this.#greeting();
      checkOptions(info, options);
      const wantsTls = info.tls_required || (info.tls_available && options.tls !== null);
      if (wantsTls && !isSecuredFirst) await this.#secure(name, options.tls);
      this.#abort.signal.throwIfAborted();
    } catch (error) {
      this.#destroy();
      throw error;
    }
    this.#isConnected = true;
    const [socket] = this.#sockets;
    socket!.on("data", (frame: Uint8Array) => {
      this.#frames.push(frame);
      this.#wake();
    });
    socket!.on("close", () => this.#end(this.#early ?? new Error("the server has hung up")));
    // What came of it meanwhile has nobody told.
    if (socket!.destroyed) this.#end(this.#early);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    for (;;) {
      const frames = this.#frames;
      this.#frames = [];
      yield* frames;
      if (this.#frames.length > 0) continue;
      if (this.#isDone) return;
      await new Promise<void>((wake) => this.#wake = wake);
    }
  }

  send(frame: Uint8Array): void {
    if (!this.#isDone) this.#sockets[0]?.write(frame);
  }

  close(error?: Error): Promise<void> {
    this.#finish(error);
    return Promise.resolve();
  }

  disconnect(): void {
    this.#finish(undefined);
  }

  discard(): void {
    this.#isConnected = false;
    this.#finish(undefined);
  }

  closed(): Promise<void> {
    return this.#ended;
  }

  /** It has ended by itself. */
  #end(error: Error | undefined): void {
    if (this.#isDone) return;
    const plain = error && inPlainWords(error) as Error;
    if (plain !== undefined) {
      this.#onLost?.(this.#isEncrypted && plain === error ? hungUp(plain) : plain);
    }
    this.#finish(plain);
  }

  #finish(error: Error | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (error !== undefined) this.closeError = error;
    this.#destroy();
    this.#wake();
    // Of one that never was, the client has heard already.
    if (this.#isConnected) this.#tellEnd();
  }

  #destroy(): void {
    this.#abort.abort(new StreamError("unavailable", "the connection was given up"));
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Puts a socket before the others. One that nobody listens to would end the process by an error. */
  async #opened(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
    socket.on("error", (error) => {
      // What TLS says is why the other one cannot be written to any more.
      if (this.#early === undefined || inPlainWords(error) !== error) this.#early = error;
    });
    this.#sockets.unshift(socket);
    await whenReady(socket, event, this.#abort.signal, () => {});
  }

  async #secure(name: string, given: TlsOptions | null | undefined): Promise<void> {
    await this.#opened(
      connectTls({ ...tlsOf(name, given), socket: this.#sockets[0]! }),
      "secureConnect",
    );
    this.#isEncrypted = true;
  }

  /** What a server says of itself, before which nothing is sent. It is a frame for the client, too. */
  async #greeting(): Promise<ServerInfo> {
    const socket = this.#sockets[0]!;
    const line = await new Promise<Uint8Array>((resolve, reject) => {
      let got = new Uint8Array();
      const settle = (finish: () => void): void => {
        socket.off("data", onData).off("close", onClose);
        finish();
      };
      const onData = (frame: Uint8Array): void => {
        const both = new Uint8Array(got.length + frame.length);
        both.set(got);
        both.set(frame, got.length);
        got = both;
        if (got.includes(LINE_FEED)) settle(() => resolve(got));
        else if (got.length > INFO_BYTES_MAX) settle(() => reject(new Error(NOT_NATS)));
      };
      const onClose = (): void =>
        settle(() => reject(this.#early ?? new Error("the server has hung up")));
      socket.on("data", onData).on("close", onClose);
    });
    this.#frames = [line];
    const [, json] = /^INFO\s+(\{.*\})\s*\r?\n/.exec(new TextDecoder().decode(line)) ?? [];
    if (json === undefined) throw new Error(NOT_NATS);
    return JSON.parse(json);
  }
}

/** Not every runtime tells what a server says of a certificate when the handshake is over. */
function hungUp({ message }: Error): Error {
  return new Error(
    `the server has hung up behind the handshake of TLS: it may want a client certificate (${message})`,
  );
}

const LINE_FEED = 0x0a;
const NOT_NATS = "what answers there is no server of NATS";

/**
 * For the runtime. The client has one kind of transport for all of its connections, also for
 * those that an application has made by itself: those may name files.
 */
function tlsOf(name: string, given: TlsOptions | null | undefined): Tls {
  const { certFile, keyFile, caFile, handshakeFirst: _, ...rest } = given ?? {};
  const { servername = name, ...own } = rest as Tls;
  return {
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
    ...own,
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
  };
}
