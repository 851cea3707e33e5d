import type {
  ConnectionSettings,
  FileSystem,
  HttpClient,
  OpenHttp,
  ProxySettings,
  TlsSettings,
} from "../contracts.ts";
import { ConnectionSettingsError, FileSystemError, messageOf } from "../errors.ts";

/** More than all authorities that a system trusts take. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** TLS settings of which parts may be in files, which may change at any time. */
export interface TlsSource extends TlsSettings {
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  /** It holds a secret. */
  readonly keyFile: string | undefined;
}

/** Where the settings of connections come from. */
export interface ConnectionSource {
  readonly tls: TlsSource | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly roundRobinDns: boolean;
}

/** A part of TLS settings that may be in a file. */
const PARTS = ["ca", "cert", "key"] as const;

/** Whether the settings can change by themselves. */
export function hasFiles({ tls }: ConnectionSource): boolean {
  return PARTS.some((part) => fileOf(tls, part) !== undefined);
}

/**
 * Reads the files.
 *
 * @throws {ConnectionSettingsError} that names the one that cannot be read.
 */
export async function readSettings(
  files: FileSystem,
  source: ConnectionSource,
): Promise<ConnectionSettings> {
  const { tls, proxy, roundRobinDns } = source;
  if (tls === undefined) return { tls, proxy, roundRobinDns };
  const texts = await Promise.all(PARTS.map(async (part) => {
    const path = fileOf(tls, part);
    return path === undefined ? tls[part] : await readPem(files, part, path);
  }));
  const [ca, cert, key] = texts;
  const { serverName, insecureSkipVerify, minVersion, maxVersion } = tls;
  return {
    tls: { ca, cert, key, serverName, insecureSkipVerify, minVersion, maxVersion },
    proxy,
    roundRobinDns,
  };
}

/**
 * Reads the files and opens a client by what is in them.
 *
 * @throws {ConnectionSettingsError} that names the option that is wrong: of what is in
 * a file, that of the file.
 */
export function openClient(
  openHttp: OpenHttp,
  settings: ConnectionSettings,
  { tls }: ConnectionSource,
): HttpClient {
  try {
    return openHttp(settings);
  } catch (error) {
    if (!(error instanceof ConnectionSettingsError)) throw error;
    const part = PARTS.find((one) => one === error.path[1]);
    const path = part && fileOf(tls, part);
    if (part === undefined || path === undefined) throw error;
    throw inFile(part, `the file "${path}" ${error.message}`);
  }
}

function fileOf(tls: TlsSource | undefined, part: typeof PARTS[number]): string | undefined {
  return tls?.[`${part}File`];
}

function inFile(part: typeof PARTS[number], message: string): ConnectionSettingsError {
  return new ConnectionSettingsError(["tlsConfig", `${part}File`], message);
}

async function readPem(
  files: FileSystem,
  part: typeof PARTS[number],
  path: string,
): Promise<string> {
  try {
    return new TextDecoder().decode(await files.readWhole(path, FILE_BYTES_MAX));
  } catch (error) {
    throw inFile(part, `cannot read the file "${path}": ${whyNot(error)}`);
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof FileSystemError)) return messageOf(error);
  if (error.code === "too_large") return `larger than ${FILE_BYTES_MAX} bytes`;
  // "io" stands for all that has no word of its own.
  return error.code === "io" ? messageOf(error.cause) : error.code.replaceAll("_", " ");
}
