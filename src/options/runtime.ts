import type { Platform } from "../contracts.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { ResolvedOptions } from "./resolved.ts";

/** What options can ask of a runtime, and not each has. */
export type RuntimeAbilities = Pick<Platform, "compressZstd">;

/**
 * Holds the options against what the runtime can do.
 *
 * @throws {OptionsError} that names each that it cannot do, and what could.
 */
export function checkRuntime(
  { endpoints }: ResolvedOptions,
  { compressZstd }: RuntimeAbilities,
): void {
  const issues: OptionIssue[] = [];
  for (const [index, { compression }] of endpoints.entries()) {
    if (compression !== "zstd" || compressZstd !== undefined) continue;
    const message =
      'got "zstd", which this runtime does not have: Node 22.15 or later, Deno or Bun';
    issues.push({ path: ["endpoints", index, "compression"], message });
  }
  if (issues.length > 0) throw new OptionsError(issues);
}
