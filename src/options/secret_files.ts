import type { FileSystem } from "../contracts.ts";
import { readSecret, secretFilesOf } from "../credentials.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedOptions } from "./resolved.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";

/**
 * Reads the secret files that the options name, to see whether that is possible. Later
 * on one that cannot be read is waited for, but here it is a mistake.
 *
 * @throws {OptionsError} that names each that is wrong, by its option.
 */
export async function checkSecretFiles(
  { endpoints }: ResolvedOptions,
  files: FileSystem,
): Promise<void> {
  const issues: OptionIssue[] = [];
  for (const [index, { credentials }] of endpoints.entries()) {
    for (const file of secretFilesOf(credentials)) {
      if (file.isAwaited) continue;
      try {
        await readSecret(files, file);
      } catch (error) {
        issues.push({ path: ["endpoints", index, ...file.option], message: messageOf(error) });
      }
    }
  }
  if (issues.length > 0) throw new OptionsError(issues);
}
