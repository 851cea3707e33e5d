import type { Logger, OpenedStream, Platform, StreamFault, StreamLog } from "../contracts.ts";
import type { StreamCredentials } from "../credentials.ts";
import { messageOf, StreamError, WalqError } from "../errors.ts";
import type { ResolvedStream } from "../options.ts";
import { streamUrl } from "../stream_url.ts";
import { agreedLayout } from "./layout.ts";
import { StreamAccess } from "./stream_access.ts";
import { StreamRemarks } from "./stream_remarks.ts";

/** What a stream is opened with. */
export interface OpenLogDependencies {
  readonly platform: Pick<Platform, "files" | "clock" | "openStream">;
  readonly logger: Logger;
  /** Shown by the servers. */
  readonly clientName: string;
  /** Of who opens it again and again. */
  readonly remarks?: StreamRemarks;
}

/** A stream that all who use it see alike. */
export interface OpenedLog {
  readonly log: StreamLog;
  readonly partitions: number;
}

/**
 * Opens a stream, makes it where it is missing, and agrees with all others who use it on how
 * it is parted. What is otherwise than the options say, and harmless, is logged.
 *
 * @throws {WalqError} `STORAGE` for what may be over by itself: no server answers, a file of
 *   credentials cannot be read. `INVALID_OPTIONS` for what somebody has to change: the servers
 *   refuse who asks, the stream has another number of partitions, or would lose what it took.
 */
export async function openLog(
  stream: ResolvedStream,
  dependencies: OpenLogDependencies,
): Promise<OpenedLog> {
  const { logger, remarks = new StreamRemarks(logger) } = dependencies;
  const { log, made, faults } = await reachStream(stream, dependencies, { makes: true });
  for (const name of made) logger.info("a stream was made", { stream: name });
  remarks.say(faults);
  if (log === undefined) {
    const fatal = faults.filter(({ isFatal }) => isFatal).map(faultWords).join("; ");
    throw invalid(stream, fatal);
  }
  try {
    const { partitions } = await agreedLayout(log, stream);
    if (partitions === stream.partitions) return { log, partitions };
    throw invalid(stream, otherPartitions(stream, partitions));
  } catch (error) {
    await log.close();
    throw error instanceof WalqError ? error : cannotOpen(stream, error, messageOf(error));
  }
}

/**
 * Opens a stream, whatever is wrong with it.
 *
 * @throws {WalqError} as {@link openLog} does, but for what its servers keep of it.
 */
export async function reachStream(
  stream: ResolvedStream,
  { platform, logger, clientName }: OpenLogDependencies,
  { makes }: { readonly makes: boolean },
): Promise<OpenedStream> {
  const access = new StreamAccess(stream, { platform, logger });
  try {
    await access.read();
  } catch (error) {
    throw new WalqError("STORAGE", `${cannot(stream)}: ${messageOf(error)}`, { cause: error });
  }
  const { servers, timeoutMs, replicas, maxBytes, duplicateWindowMs } = stream;
  try {
    return await platform.openStream({
      servers,
      stream: stream.stream,
      replicas,
      maxBytes,
      duplicateWindowMs,
      timeoutMs,
      clientName,
      makes,
      identity: () => access.identity(),
      tls: access.tls,
    });
  } catch (error) {
    const denied = error instanceof StreamError && error.code === "denied";
    const words = denied ? `${refusedWho(stream.credentials)}: ` : "";
    throw cannotOpen(stream, error, words + access.hide(messageOf(error)));
  }
}

/** What is wrong with a stream, in words. */
export function faultWords({ stream, key, got, wanted }: StreamFault): string {
  if (key === "server_version") return `its servers are of version ${got}, expected ${wanted}`;
  // One that is not there has no configuration.
  const found = key === "name" ? `: got ${got}` : ` has ${key} ${got}`;
  return `the stream ${stream}${found}, expected ${wanted}`;
}

/** The same of how it is parted. */
export function otherPartitions({ partitions }: ResolvedStream, found: number): string {
  return `it has ${found} partitions, and the options say ${partitions}: expected the same ` +
    "number for all who use it";
}

function cannotOpen(stream: ResolvedStream, error: unknown, words: string): WalqError {
  // What is made has no room by its sizes: that is no matter of waiting.
  const mayPass = error instanceof StreamError && error.code === "unavailable";
  const code = mayPass ? "STORAGE" : "INVALID_OPTIONS";
  return new WalqError(code, `${cannot(stream)}: ${words}`, { cause: error });
}

function invalid(stream: ResolvedStream, words: string): WalqError {
  return new WalqError("INVALID_OPTIONS", `${cannot(stream)}: ${words}`);
}

function cannot(stream: ResolvedStream): string {
  return `Cannot open the stream ${streamUrl(stream)}`;
}

function refusedWho({ kind }: StreamCredentials): string {
  switch (kind) {
    case "none":
      return "the servers want to know who asks, and no credentials are given";
    case "user":
      return "the servers refuse the user name or its password";
    case "token":
      return "the servers refuse the token";
    case "credentials":
      return "the servers refuse the file of credentials";
    case "nkey":
      return "the servers refuse the nkey";
  }
}
