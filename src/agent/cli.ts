import { FileSystemError, messageOf, WalqError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { visibleText } from "../visible_text.ts";
import { inWords } from "./commands/check_value.ts";
import { helpOf, helpOfAll } from "./commands/help.ts";
import { parseWords } from "./commands/parse.ts";
import { type CommandRow, FINE, FOUND, WRONG_USAGE } from "./commands/row.ts";
import { COMMANDS } from "./commands/table.ts";
import type { AgentHost } from "./host.ts";
import { shownWord, UsageError } from "./usage_error.ts";

/**
 * The program. Each command loads what it needs, so that a version is said at once. Resolves to
 * the exit code: 0, 1 for what went wrong, 2 for a wrong command line.
 */
export async function main(host: AgentHost): Promise<number> {
  const [name, ...words] = host.args;
  try {
    return await runWords(name, words, host);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      host.err(visibleText(`walq: ${explain(error)}`));
      return FOUND;
    }
    host.err(visibleText(`walq: ${error.message}`));
    const isKnown = COMMANDS.some((row) => row.name === name);
    host.err(`Try "walq ${isKnown ? `${name} ` : ""}--help".`);
    return WRONG_USAGE;
  }
}

/** @throws {UsageError} */
async function runWords(
  name: string | undefined,
  words: readonly string[],
  host: AgentHost,
): Promise<number> {
  const all = [name ?? "", ...words];
  const isHelp = all.includes("--help") || all.includes("-h");
  if (name === "help" || (isHelp && !COMMANDS.some((row) => row.name === name))) {
    const about = name === "help" ? words.find((word) => !word.startsWith("-")) : undefined;
    host.out(about === undefined ? helpOfAll(COMMANDS) : helpOf(rowOf(about)));
    return FINE;
  }
  if (!isHelp && all.includes("--version")) {
    host.out(`walq ${VERSION} on ${host.platform.name}`);
    return FINE;
  }
  if (name === undefined) throw new UsageError(`expected a command: ${names()}`);
  const row = rowOf(name);
  if (isHelp) {
    host.out(helpOf(row));
    return FINE;
  }
  return await row.run(parseWords(row, words), host);
}

/** @throws {UsageError} */
function rowOf(name: string): CommandRow {
  const found = COMMANDS.find((row) => row.name === name);
  if (found !== undefined) return found;
  throw new UsageError(`unknown command ${shownWord(name)}, expected ${names()}`);
}

function names(): string {
  return inWords([...COMMANDS.map(({ name }) => name), "help"]);
}

/** Who reads what is printed has gone, as `| head` does; by what each runtime calls it. */
function isClosedPipe(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return code === "EPIPE" || name === "BrokenPipe";
}

/** What users can cause speaks for itself; of a bug the stack is wanted. */
function explain(error: unknown): string {
  if (error instanceof WalqError || error instanceof FileSystemError) return error.message;
  if (isClosedPipe(error)) return "nobody reads the output any more";
  return (error instanceof Error && error.stack) || messageOf(error);
}
