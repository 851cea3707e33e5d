import type { CommandRow } from "../commands/row.ts";
import { shownWord, UsageError } from "../usage_error.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const SHELLS: ReadonlyMap<string, (rows: readonly CommandRow[]) => string> = new Map([
  ["bash", bashCompletion],
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
]);

/** @throws {UsageError} for a shell that nobody knows. */
export function completionFor(shell: string, rows: readonly CommandRow[]): string {
  const make = SHELLS.get(shell);
  if (make !== undefined) return make(rows);
  throw new UsageError(`SHELL: got ${shownWord(shell)}, expected bash, zsh or fish`);
}
