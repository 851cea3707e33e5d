import { shownWord, UsageError } from "../usage_error.ts";
import { checkValue } from "./check_value.ts";
import { CommandArgs } from "./command_args.ts";
import type { Flag } from "./flags.ts";
import type { CommandRow } from "./row.ts";

/**
 * Reads the words behind the name of a command: `--flag value`, `--flag=value`, and what has no
 * dashes. Behind `--` all are arguments.
 *
 * @throws {UsageError}
 */
export function parseWords(row: CommandRow, words: readonly string[]): CommandArgs {
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  if (row.readsWords) return new CommandArgs(row, { given, positionals, words });
  let hasEnded = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--" && !hasEnded) hasEnded = true;
    else if (hasEnded || !isOption(word)) takePositional(row, words, at, positionals);
    else {
      const { flag, text } = flagOf(row, word);
      if (flag.value === undefined) {
        given.set(flag.name, []);
        continue;
      }
      const value = text ?? words[++at];
      if (value === undefined) throw new UsageError(`${flag.name} needs a value`);
      checkValue(flag.name, flag.value, value);
      given.set(flag.name, [...given.get(flag.name) ?? [], value]);
    }
  }
  checkRequired(row, given, positionals);
  return new CommandArgs(row, { given, positionals, words });
}

/** "-" alone is standard input or output. */
function isOption(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

function flagOf(row: CommandRow, word: string): { flag: Flag; text?: string } {
  const equals = word.indexOf("=");
  const hasValue = word.startsWith("--") && equals > 0;
  const name = hasValue ? word.slice(0, equals) : word;
  const flag = row.flags.find((one) => one.name === name);
  if (flag === undefined || (hasValue && flag.value === undefined)) {
    throw new UsageError(`unknown option ${shownWord(name)} of ${row.name}`);
  }
  return hasValue ? { flag, text: word.slice(equals + 1) } : { flag };
}

function takePositional(
  row: CommandRow,
  words: readonly string[],
  at: number,
  positionals: string[],
): void {
  const place = row.positionals[positionals.length] ??
    row.positionals.findLast((one) => one.isRepeatable);
  if (place === undefined) {
    const before = words[at - 1];
    const where = before === undefined ? row.name : shownBefore(before);
    throw new UsageError(`unknown argument behind ${where} of ${row.name}`);
  }
  checkValue(place.name, place, words[at]!);
  positionals.push(words[at]!);
}

function shownBefore(word: string): string {
  return /^[\w./:-]{1,100}$/.test(word) ? `"${word}"` : "one that is not shown";
}

function checkRequired(
  { name, flags, positionals: places }: CommandRow,
  given: ReadonlyMap<string, readonly string[]>,
  positionals: readonly string[],
): void {
  const flag = flags.find((one) =>
    one.value?.isRequired && (given.get(one.name)?.at(-1) ?? "") === ""
  );
  if (flag !== undefined) throw new UsageError(`${name} needs ${flag.name} ${flag.value?.name}`);
  const place = places.find((one, at) => one.isRequired && at >= positionals.length);
  if (place !== undefined) throw new UsageError(`${name} needs ${place.name}`);
}
