import * as v from "valibot";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { ResolvedOptions } from "./resolved.ts";
import { OPTIONS } from "./schema.ts";

/**
 * Checks options and fills in what is not given.
 *
 * @throws {OptionsError} that names everything that is wrong, with its path.
 */
export function resolveOptions(input: unknown): ResolvedOptions {
  const result = v.safeParse(OPTIONS, input);
  if (result.success) return result.output;
  throw new OptionsError(result.issues.map(toIssue));
}

function toIssue({ path, message }: v.BaseIssue<unknown>): OptionIssue {
  const steps = (path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
  return { path: steps, message };
}
