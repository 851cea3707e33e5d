import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type Authenticator,
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
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
  const options: ConnectionOptions = {
    servers: [...servers],
    name: clientName,
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    // A host that is cut off is found out by this: a socket may stay open for hours.
    pingInterval: 10_000,
    maxPingOut: 2,
    ...identityOptions(identity),
    ...(tls !== undefined && { tls: tlsOptions(tls) }),
  };
  try {
    return await connect(options);
  } catch (error) {
    throw streamErrorOf(error, `cannot connect to ${servers.join(", ")}`);
  }
}

function identityOptions(
  { credentials, nkeySeed, username, password, token }: StreamIdentity,
): ConnectionOptions {
  const authenticator = authenticatorOf(credentials, nkeySeed);
  return {
    ...(authenticator !== undefined && { authenticator }),
    ...(username !== undefined && { user: username, pass: password ?? "" }),
    ...(token !== undefined && { token }),
  };
}

/** @throws {StreamError} `refused` for what is no credentials: without a word of what it is. */
function authenticatorOf(
  credentials: string | undefined,
  nkeySeed: string | undefined,
): Authenticator | undefined {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text.trim());
  try {
    if (credentials !== undefined) return credsAuthenticator(bytes(credentials));
    if (nkeySeed !== undefined) return nkeyAuthenticator(bytes(nkeySeed));
    return undefined;
  } catch {
    const what = credentials === undefined ? "the seed of an nkey" : "a file of credentials";
    throw new StreamError("refused", `cannot use ${what}: got what is none`);
  }
}

/** The transport hands what else is in it to the runtime's TLS. */
function tlsOptions(tls: TlsSettings): NonNullable<ConnectionOptions["tls"]> {
  const { ca, cert, key, serverName, insecureSkipVerify, minVersion, maxVersion } = tls;
  const own = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(minVersion !== undefined && { minVersion: nodeVersion(minVersion) }),
    ...(maxVersion !== undefined && { maxVersion: nodeVersion(maxVersion) }),
    rejectUnauthorized: !insecureSkipVerify,
  };
  return own;
}

/** `TLS12` is `TLSv1.2` there. */
function nodeVersion(version: string): string {
  return `TLSv1.${version.slice(4)}`.replace("TLSv1.0", "TLSv1");
}
