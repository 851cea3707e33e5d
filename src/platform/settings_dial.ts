/**
 * Connections that are made by settings: TLS with certificates of its own, proxies, a
 * random address. By node:net and node:tls on every runtime, also on Deno, whose own API
 * can neither replace the authorities nor verify by another name.
 */
import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type SecureVersion,
} from "node:tls";
import type { ConnectionSettings, Random, TlsSettings, TlsVersion } from "../contracts.ts";
import { messageOf, ProxyError } from "../errors.ts";
import type { HostAddress, Lookups } from "./http/lookups.ts";
import type { Proxy } from "./http/proxy.ts";
import type { Target } from "./http/target.ts";
import { openTunnel } from "./http/tunnel.ts";
import { type Dial, PROTOCOLS, type Wire } from "./http/wire.ts";
import { addressOf, SocketWire, whenReady } from "./socket_wire.ts";
import { SocketStream } from "./socket_stream.ts";
import { inPlainWords } from "./tls_words.ts";

/** What a dial works with. */
export interface SettingsDialDependencies {
  readonly lookups: Lookups;
  readonly random: Random;
  /** What more the runtime's TLS has to be told, so that it speaks TLS 1.0 and 1.1. */
  readonly oldTls?: ConnectionOptions;
}

const VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

/** Connections by these settings. */
export function settingsDial(
  settings: ConnectionSettings,
  dependencies: SettingsDialDependencies,
): Dial {
  return async (target, signal, proxy): Promise<Wire> => {
    const stack = new SocketStack(settings, dependencies, signal);
    try {
      if (proxy === undefined) await stack.connect(target);
      else await connectBy(proxy, stack, target);
      if (target.isSecure) await stack.secure(settings.tls?.serverName ?? target.host);
      return stack.wire();
    } catch (error) {
      stack.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  };
}

/** As far as the endpoint; for plain HTTP by a proxy of HTTP, as far as that. */
async function connectBy(proxy: Proxy, stack: SocketStack, target: Target): Promise<void> {
  try {
    await stack.connect(proxy);
    if (proxy.kind === "https") await stack.secure(proxy.host);
    if (proxy.kind === "socks5" || target.isSecure) {
      await stack.tunnel((stream) => openTunnel(stream, target, proxy));
    }
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    throw new ProxyError(proxy.shown, `cannot be used: ${messageOf(error)}`);
  }
}

type Host = Pick<Target, "host" | "port"> & Partial<Pick<Target, "unixSocket">>;

/** Sockets, each over the one before it. */
class SocketStack {
  readonly #settings: ConnectionSettings;
  readonly #dependencies: SettingsDialDependencies;
  readonly #signal: AbortSignal;
  /** With the outermost one in front. */
  readonly #all: Socket[] = [];
  /** The first error of any of them. */
  #early: Error | undefined;

  constructor(
    settings: ConnectionSettings,
    dependencies: SettingsDialDependencies,
    signal: AbortSignal,
  ) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#signal = signal;
  }

  async connect(host: Host): Promise<void> {
    const address = addressTo(host, this.#settings, this.#dependencies, this.#signal);
    await this.#put(connectTcp(address), "connect");
  }

  /** With a certificate that is for this name. */
  async secure(name: string): Promise<void> {
    const options = tlsOptions(name, this.#settings.tls, this.#dependencies.oldTls);
    await this.#put(connectTls({ ...options, socket: this.#all[0]! }), "secureConnect");
  }

  async tunnel(open: (stream: SocketStream) => Promise<void>): Promise<void> {
    const stream = new SocketStream(this.#all[0]!, this.#signal);
    try {
      await open(stream);
      stream.expectNothing();
    } finally {
      stream.release();
    }
  }

  /** All of it as one connection. */
  wire(): Wire {
    this.#signal.throwIfAborted();
    if (this.#early !== undefined) throw inPlainWords(this.#early);
    const [outermost, ...others] = this.#all;
    return new SocketWire([outermost!, ...others]);
  }

  destroy(): void {
    for (const socket of this.#all) socket.destroy();
  }

  async #put(socket: Socket, readyEvent: "connect" | "secureConnect"): Promise<void> {
    // One that nobody listens to ends the process: the next layer, or the wire, is still to come.
    socket.on("error", (error) => this.#early ??= error);
    await whenReady(socket, readyEvent, this.#signal, () => this.#all.unshift(socket));
  }
}

function addressTo(
  host: Host,
  { roundRobinDns }: ConnectionSettings,
  { lookups, random }: SettingsDialDependencies,
  signal: AbortSignal,
): NetConnectOpts {
  if (!roundRobinDns) return addressOf(host, lookups, signal);
  const find = async (name: string): Promise<readonly HostAddress[]> => {
    const all = await lookups.find(name, signal);
    return all.slice(Math.floor(random() * all.length)).slice(0, 1);
  };
  return addressOf(host, { find }, signal);
}

function tlsOptions(
  name: string,
  tls: TlsSettings | undefined,
  oldTls: ConnectionOptions = {},
): ConnectionOptions {
  const { ca, cert, key, insecureSkipVerify = false, minVersion = "TLS12", maxVersion } = tls ?? {};
  const isOld = minVersion === "TLS10" || minVersion === "TLS11";
  return {
    ...(isOld ? oldTls : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    minVersion: VERSIONS[minVersion],
    maxVersion: VERSIONS[maxVersion ?? "TLS13"],
    // Said, not left out: otherwise `NODE_TLS_REJECT_UNAUTHORIZED=0` switches verification off.
    rejectUnauthorized: !insecureSkipVerify,
    checkServerIdentity: (_host, certificate) =>
      insecureSkipVerify ? undefined : checkServerIdentity(name, certificate),
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ALPNProtocols: [...PROTOCOLS],
  };
}
