import { openClient, readSettings } from "../connection/source.ts";
import type { Platform } from "../contracts.ts";
import { readSecret, secretFilesOf } from "../credentials.ts";
import { ConnectionSettingsError, messageOf } from "../errors.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { ResolvedEndpoint, ResolvedOptions } from "./resolved.ts";

/** What options can ask of a host: files, and what not every runtime can do. */
export type OptionsHost = Pick<Platform, "files" | "openHttp" | "compressZstd">;

/** One thing that is wrong with an endpoint; its path begins behind that. */
type Issues = AsyncGenerator<OptionIssue> | Generator<OptionIssue>;

/**
 * Holds the options against the host: files that they name are there, and the runtime can
 * do what they ask for. Nobody is connected to.
 *
 * @throws {OptionsError} that names each that is wrong, by its option.
 */
export async function checkAgainstHost(
  { endpoints }: ResolvedOptions,
  host: OptionsHost,
): Promise<void> {
  const issues: OptionIssue[] = [];
  for (const [index, endpoint] of endpoints.entries()) {
    for (const check of [compression, secretFiles, connections]) {
      for await (const { path, message } of check(endpoint, host)) {
        issues.push({ path: ["endpoints", index, ...path], message });
      }
    }
  }
  if (issues.length > 0) throw new OptionsError(issues);
}

function* compression(
  { compression }: ResolvedEndpoint,
  { compressZstd }: OptionsHost,
): Issues {
  if (compression !== "zstd" || compressZstd !== undefined) return;
  const message = 'got "zstd", which this runtime does not have: Node 22.15 or later, Deno or Bun';
  yield { path: ["compression"], message };
}

/** Later on a secret file that cannot be read is waited for, but here it is a mistake. */
async function* secretFiles({ credentials }: ResolvedEndpoint, { files }: OptionsHost): Issues {
  for (const file of secretFilesOf(credentials)) {
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
  { connection, tokenConnection }: ResolvedEndpoint,
  { files, openHttp }: OptionsHost,
): Issues {
  for (const [source, at] of [[connection, []], [tokenConnection, ["oauth2"]]] as const) {
    if (source === undefined) continue;
    try {
      const client = openClient(openHttp, await readSettings(files, source), source);
      await client.close();
    } catch (error) {
      if (!(error instanceof ConnectionSettingsError)) throw error;
      yield { path: [...at, ...error.path], message: error.message };
    }
  }
}
