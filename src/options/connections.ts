import { openClient, readSettings } from "../connection/source.ts";
import type { Platform } from "../contracts.ts";
import { ConnectionSettingsError } from "../errors.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { ResolvedOptions } from "./resolved.ts";

/**
 * Reads the files of TLS that the options name, and sees whether this runtime can make
 * connections by what they say. No connection is made.
 *
 * @throws {OptionsError} that names each that is wrong, by its option.
 */
export async function checkConnections(
  { endpoints }: ResolvedOptions,
  { files, openHttp }: Pick<Platform, "files" | "openHttp">,
): Promise<void> {
  const issues: OptionIssue[] = [];
  for (const [index, { connection, tokenConnection }] of endpoints.entries()) {
    for (const [source, at] of [[connection, []], [tokenConnection, ["oauth2"]]] as const) {
      if (source === undefined) continue;
      try {
        const client = openClient(openHttp, await readSettings(files, source), source);
        await client.close();
      } catch (error) {
        if (!(error instanceof ConnectionSettingsError)) throw error;
        issues.push({ path: ["endpoints", index, ...at, ...error.path], message: error.message });
      }
    }
  }
  if (issues.length > 0) throw new OptionsError(issues);
}
