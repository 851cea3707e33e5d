import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type Auth,
  type Authenticator,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import type { OpenedStream, StreamIdentity, StreamSettings, TlsSettings } from "../../contracts.ts";
import { StreamError } from "../../errors.ts";
import { streamErrorOf } from "./errors.ts";
import { NatsStreamLog } from "./stream_log.ts";
import { findStreams, recordsOf } from "./streams.ts";

/** See {@link OpenStream}. */
export async function openNatsStream(settings: StreamSettings): Promise<OpenedStream> {
  const { stream, timeoutMs } = settings;
  const connection = await connected(settings);
  try {
    const manager = await jetstreamManager(connection, { timeout: timeoutMs });
    const found = await findStreams(manager, settings, settings);
    if (found.faults.some(({ isFatal }) => isFatal)) {
      await connection.close();
      return { ...found, log: undefined };
    }
    const js = jetstream(connection, { timeout: timeoutMs });
    const records = recordsOf(stream);
    const log = new NatsStreamLog({ connection, js, manager, stream, records, timeoutMs });
    return { ...found, log };
  } catch (error) {
    await connection.close();
    throw streamErrorOf(error, `cannot open the stream ${stream}`);
  }
}

/** Connected, and made anew for as long as it is not closed. @throws {StreamError} */
async function connected(
  { servers, clientName, timeoutMs, identity, tls }: StreamSettings,
): Promise<NatsConnection> {
  // What cannot be used is told now; later on it is refused by the servers, and asked again.
  authenticatorOf(identity())();
  const options: ConnectionOptions = {
    servers: [...servers],
    name: clientName,
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    // A host that is cut off is found out by this: a socket may stay open for hours.
    pingInterval: 10_000,
    maxPingOut: 2,
    authenticator: (nonce) => authenticationBy(identity(), nonce),
    ...(tls !== undefined && { tls: tlsOptions(tls) }),
  };
  try {
    return await connect(options);
  } catch (error) {
    throw streamErrorOf(error, `cannot connect to ${servers.join(", ")}`);
  }
}

/** What cannot be used says nothing of who walq is, which a server refuses. */
function authenticationBy(identity: StreamIdentity, nonce?: string): Auth {
  try {
    return authenticatorOf(identity)(nonce);
  } catch {
    return undefined;
  }
}

/** @throws {StreamError} `refused` for what is no credentials: without a word of what it is. */
function authenticatorOf(
  { credentials, nkeySeed, username, password = "", token }: StreamIdentity,
): (nonce?: string) => Auth {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text.trim());
  const checked = (what: string, authenticator: Authenticator) => (nonce?: string): Auth => {
    try {
      return authenticator(nonce);
    } catch {
      throw new StreamError("refused", `cannot use ${what}: got what is none`);
    }
  };
  if (credentials !== undefined) {
    return checked("a file of credentials", credsAuthenticator(bytes(credentials)));
  }
  if (nkeySeed !== undefined) {
    return checked("the seed of an nkey", nkeyAuthenticator(bytes(nkeySeed)));
  }
  if (username !== undefined) return usernamePasswordAuthenticator(username, password);
  return token === undefined ? () => undefined : tokenAuthenticator(token);
}

/** The transport hands what else is in it to the runtime's TLS, for each connection anew. */
function tlsOptions(tls: () => TlsSettings): NonNullable<ConnectionOptions["tls"]> {
  const { serverName, insecureSkipVerify, minVersion, maxVersion } = tls();
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
    ...(minVersion !== undefined && { minVersion: nodeVersion(minVersion) }),
    ...(maxVersion !== undefined && { maxVersion: nodeVersion(maxVersion) }),
    rejectUnauthorized: !insecureSkipVerify,
  };
  return own as NonNullable<ConnectionOptions["tls"]>;
}

/** `TLS12` is `TLSv1.2` there. */
function nodeVersion(version: string): string {
  return `TLSv1.${version.slice(4)}`.replace("TLSv1.0", "TLSv1");
}
