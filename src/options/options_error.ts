import { WalqError } from "../errors.ts";

/** One thing that is wrong with the options. */
export interface OptionIssue {
  /** Where: keys and indexes from the top; empty for the options as a whole. */
  readonly path: readonly (string | number)[];
  /** At which index of the map there an entry is that this is about, where its key can be a secret. */
  readonly entry?: number;
  /** What was got and what was expected; holds no secret. */
  readonly message: string;
}

/** All that is wrong with the options at once; its code is `INVALID_OPTIONS`. */
export class OptionsError extends WalqError {
  /** At least one. */
  readonly issues: readonly OptionIssue[];

  /** The message has a line for each issue. */
  constructor(issues: readonly OptionIssue[]) {
    super("INVALID_OPTIONS", issues.map(formatIssue).join("\n"));
    this.name = "OptionsError";
    this.issues = issues;
  }
}

/** A path as it is written in code: `endpoints[0].parallelism`. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

function formatIssue({ path, message }: OptionIssue): string {
  return `${path.length === 0 ? "options" : formatPath(path)}: ${message}`;
}
