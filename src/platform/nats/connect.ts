import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type Auth,
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  NatsConnectionImpl,
  nkeyAuthenticator,
  setTransportFactory,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/nats-core/internal";
import { lookup } from "node:dns/promises";
import type { OpenedStream, StreamIdentity, StreamSettings, TlsSettings } from "../../contracts.ts";
import { StreamError } from "../../errors.ts";
import { resolveByBun } from "../bun_dns.ts";
import { runtimeName } from "../runtime_name.ts";
import { isTimeout, streamErrorOf } from "./errors.ts";
import { RefusalWatch } from "./refusal_watch.ts";
import { NatsStreamLog } from "./stream_log.ts";
import { versionFaults } from "./server_version.ts";
import { findStreams, recordsOf } from "./streams.ts";
import { SocketTransport, type TransportOptions } from "./transport.ts";

/** See {@link OpenStream}. */
export async function openNatsStream(settings: StreamSettings): Promise<OpenedStream> {
  const { stream, timeoutMs } = settings;
  const connection = await connected(settings);
  const refusals = new RefusalWatch(connection);
  try {
    const manager = await jetstreamManager(connection, { timeout: timeoutMs });
    const { made, faults } = await findStreams(manager, settings, settings);
    const { version = "" } = connection.info ?? {};
    const found = { made, faults: [...faults, ...versionFaults(stream, version)] };
    if (found.faults.some(({ isFatal }) => isFatal)) {
      await connection.close();
      return { ...found, log: undefined };
    }
    const js = jetstream(connection, { timeout: timeoutMs });
    const records = recordsOf(stream);
    const parts = { connection, js, manager, stream, records, timeoutMs, refusals };
    return { ...found, log: new NatsStreamLog(parts) };
  } catch (error) {
    await connection.close();
    throw streamErrorOf(error, `cannot open the stream ${stream}`);
  }
}

/** How its servers are connected to, whatever the stream. */
type ConnectSettings = Pick<
  StreamSettings,
  "servers" | "clientName" | "timeoutMs" | "identity" | "tls"
>;

/** Connected, and made anew for as long as it is not closed. @throws {StreamError} */
export async function connected(
  { servers, clientName, timeoutMs, identity, tls }: ConnectSettings,
): Promise<NatsConnection> {
  // What cannot be used is told now; later on it is refused by the servers, and asked again.
  authenticatorOf(identity())();
  let lost: Error | undefined;
  const options: TransportOptions = {
    servers: [...servers],
    name: clientName,
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    // Servers that tell of each other and refuse who asks would be asked in a circle, without a pause.
    ignoreClusterUpdates: true,
    ignoreAuthErrorAbort: true,
    // A host that is cut off is found out by this: a socket may stay open for hours.
    pingInterval: 10_000,
    maxPingOut: 2,
    authenticator: (nonce) => authenticationBy(identity(), nonce),
    onLost: (error) => lost = error,
    ...(tls !== undefined && { tls: tlsOptions(tls) }),
  };
  setTransportFactory({ factory: () => new SocketTransport(), dnsResolveFn: addressesOf });
  try {
    const connection = await NatsConnectionImpl.connect(options);
    learnServers(connection as NatsConnectionImpl);
    return connection;
  } catch (error) {
    const cause = isTimeout(error) ? lost ?? error : error;
    throw streamErrorOf(cause, `cannot connect to ${servers.join(", ")}`);
  }
}

/** From now on those that the servers tell of are connected to as well. */
function learnServers({ options, protocol, info }: NatsConnectionImpl): void {
  options.ignoreClusterUpdates = false;
  if (info !== undefined) protocol.servers.update(info, protocol.transport.isEncrypted());
}

async function addressesOf(host: string): Promise<string[]> {
  const all = runtimeName() === "bun"
    ? await resolveByBun(host)
    : await lookup(host, { all: true });
  return all.map(({ address }) => address);
}

/** What cannot be used says nothing of who walq is, which a server refuses. */
function authenticationBy(identity: StreamIdentity, nonce?: string): Auth {
  try {
    return authenticatorOf(identity)(nonce);
  } catch {
    return undefined;
  }
}

/** @throws {StreamError} `denied` for what is no credentials: without a word of what it is. */
function authenticatorOf(
  { credentials, nkeySeed, username, password = "", token }: StreamIdentity,
): (nonce?: string) => Auth {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const checked = (what: string, authenticator: Authenticator) => (nonce?: string): Auth => {
    try {
      return authenticator(nonce);
    } catch {
      throw new StreamError("denied", `cannot use ${what}: got what is none`);
    }
  };
  if (credentials !== undefined) {
    // The end of the last line is a part of the form.
    return checked("a file of credentials", credsAuthenticator(bytes(`${credentials.trim()}\n`)));
  }
  if (nkeySeed !== undefined) {
    return checked("the seed of an nkey", nkeyAuthenticator(bytes(nkeySeed.trim())));
  }
  if (username !== undefined) return usernamePasswordAuthenticator(username, password);
  return token === undefined ? () => undefined : tokenAuthenticator(token);
}

/** For each connection anew. */
function tlsOptions(tls: () => TlsSettings): NonNullable<ConnectionOptions["tls"]> {
  const { serverName, insecureSkipVerify, minVersion = "TLS12", maxVersion = "TLS13" } = tls();
  const own = {
    get ca() {
      return tls().ca;
    },
    get cert() {
      return tls().cert;
    },
    get key() {
      return tls().key;
    },
    ...(serverName !== undefined && { servername: serverName }),
    minVersion: nodeVersion(minVersion),
    maxVersion: nodeVersion(maxVersion),
    ...(insecureSkipVerify &&
      { rejectUnauthorized: false, checkServerIdentity: () => undefined }),
  };
  return own as NonNullable<ConnectionOptions["tls"]>;
}

/** `TLS12` is `TLSv1.2` there. */
function nodeVersion(version: string): string {
  return `TLSv1.${version.slice(4)}`.replace("TLSv1.0", "TLSv1");
}
