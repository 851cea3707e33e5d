import { hasFiles, openClient, readSettings } from "../connection/source.ts";
import type { Platform } from "../contracts.ts";
import {
  filesIn,
  readSecret,
  type SecretFile,
  secretFilesOf,
  streamSecretsOf,
} from "../credentials.ts";
import { ConnectionSettingsError, messageOf } from "../errors.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { PlacedClient } from "./resolve_scrape.ts";
import type { ResolvedEndpoint, ResolvedOptions, ResolvedStream } from "./resolved.ts";
import type { ResolvedClient } from "./resolved_scrape.ts";

/** What options can ask of a host: files, and what not every runtime can do. */
export type OptionsHost = Pick<Platform, "files" | "openHttp" | "compressZstd">;

/**
 * Holds the options against the host: files that they name are there, and the runtime can
 * do what they ask for. Nobody is connected to.
 *
 * @throws {OptionsError} that names each that is wrong, by its option.
 */
export async function checkAgainstHost(
  { endpoints, store }: ResolvedOptions,
  host: OptionsHost,
  named: NamedFiles = "looked for",
): Promise<void> {
  const issues: OptionIssue[] = [];
  for await (const { path, message } of streamIssues(store, host, named)) {
    issues.push({ path: ["store", ...path], message });
  }
  for (const [index, endpoint] of endpoints.entries()) {
    for await (const { path, message } of endpointIssues(endpoint, host, named)) {
      issues.push({ path: ["endpoints", index, ...path], message });
    }
  }
  if (issues.length > 0) throw new OptionsError(issues);
}

/** Whether files that options name have to be there. */
export type NamedFiles = "looked for" | "passed over";

/** What is wrong with how somebody is asked. */
export interface ClientIssue extends OptionIssue {
  /** A file is not there, or not yet what it should be: that can change by itself. */
  readonly isOfFile: boolean;
}

/** The same for those who are asked in scraping. */
export async function* clientIssues(
  clients: readonly PlacedClient[],
  host: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<ClientIssue> {
  for (const { path, client } of clients) {
    for (const check of [secretFiles, connections]) {
      for await (const issue of check(client, host, named)) {
        const isOfFile = /Files?$/.test(String(issue.path.at(-1)));
        yield { path: [...path, ...issue.path], message: issue.message, isOfFile };
      }
    }
  }
}

async function* endpointIssues(
  endpoint: ResolvedEndpoint,
  host: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<OptionIssue> {
  yield* compression(endpoint, host);
  yield* secretFiles(endpoint, host, named);
  yield* connections(endpoint, host, named);
  yield* streamIssues(endpoint.stream, host, named);
}

/** Who walq is before a stream, and by which TLS; a client for HTTP is checked by the same words. */
async function* streamIssues(
  stream: ResolvedStream | undefined,
  host: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<OptionIssue> {
  if (stream === undefined) return;
  yield* unreadableSecrets(filesIn(streamSecretsOf(stream.credentials)), host, named);
  const connection = stream.tls && { tls: stream.tls, proxy: undefined, roundRobinDns: false };
  yield* connections({ connection, tokenConnection: undefined }, host, named);
}

function* compression(
  { compression }: ResolvedEndpoint,
  { compressZstd }: OptionsHost,
): Generator<OptionIssue> {
  if (compression !== "zstd" || compressZstd !== undefined) return;
  const message = 'got "zstd", which this runtime does not have: Node 22.15 or later, Deno or Bun';
  yield { path: ["compression"], message };
}

function secretFiles(
  { credentials }: Pick<ResolvedClient, "credentials">,
  host: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<OptionIssue> {
  return unreadableSecrets(secretFilesOf(credentials), host, named);
}

/** Later on a secret file that cannot be read is waited for, but here it is a mistake. */
async function* unreadableSecrets(
  secrets: readonly SecretFile[],
  { files }: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<OptionIssue> {
  if (named === "passed over") return;
  for (const file of secrets) {
    if (file.isAwaited) continue;
    try {
      await readSecret(files, file);
    } catch (error) {
      yield { path: file.option, message: messageOf(error) };
    }
  }
}

/** Reads the files of TLS, and sees whether connections can be made by what they say. */
async function* connections(
  { connection, tokenConnection }: Pick<ResolvedClient, "connection" | "tokenConnection">,
  { files, openHttp }: OptionsHost,
  named: NamedFiles,
): AsyncGenerator<OptionIssue> {
  for (const [source, at] of [[connection, []], [tokenConnection, ["oauth2"]]] as const) {
    if (source === undefined) continue;
    if (named === "passed over" && hasFiles(source)) continue;
    try {
      const client = openClient(openHttp, await readSettings(files, source), source);
      await client.close();
    } catch (error) {
      if (!(error instanceof ConnectionSettingsError)) throw error;
      yield { path: [...at, ...error.path], message: error.message };
    }
  }
}
