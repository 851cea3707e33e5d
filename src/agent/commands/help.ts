import type { Flag, Positional } from "./flags.ts";
import type { CommandRow } from "./row.ts";

const WIDTH_MAX = 100;

/** What `walq help` prints: all commands, one a line. */
export function helpOfAll(rows: readonly CommandRow[]): string {
  const lines = rows.map(({ name, summary }): [string, string] => [name, summary]);
  return [
    "walq: a durable Prometheus remote write queue",
    "",
    "  walq COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...inColumns(lines),
    "",
    'Each has help of its own: "walq COMMAND --help". "walq --version" says the version.',
    "Exit codes: 0 fine, 1 failed or found something, 2 wrong command line.",
  ].join("\n");
}

/** What `walq COMMAND --help` prints. */
export function helpOf(row: CommandRow): string {
  const paragraphs = row.description?.flatMap((text) => ["", ...wrapped(text, WIDTH_MAX)]) ?? [];
  return [
    `walq ${row.name}: ${row.summary}`,
    "",
    `  ${usageOf(row)}`,
    ...paragraphs,
    ...section("Arguments:", row.positionals.map(({ name, help }) => [name, help])),
    ...section("Options:", [
      ...row.flags.map((flag): [string, string] => [flagText(flag), flagHelp(flag)]),
      ["--help", "this text"],
    ]),
    ...section(
      "Examples:",
      row.examples.map(({ line, shows }) => [`walq ${line}`, shows]),
    ),
  ].join("\n");
}

/** `walq inspect PATH... [OPTIONS]`, with the options that must be there. */
export function usageOf({ name, positionals, flags, readsWords }: CommandRow): string {
  const needed = flags.filter(({ value }) => value?.isRequired).map(flagText);
  const hasMore = needed.length < flags.length || readsWords;
  const words = [name, ...positionals.map(placeText), ...needed, ...(hasMore ? ["[OPTIONS]"] : [])];
  return `walq ${words.join(" ")}`;
}

function placeText({ name, isRequired, isRepeatable }: Positional): string {
  const text = `${name}${isRepeatable ? "..." : ""}`;
  return isRequired ? text : `[${text}]`;
}

/** `--config FILE` */
export function flagText({ name, value }: Flag): string {
  return value === undefined ? name : `${name} ${value.name}`;
}

/** Its help, with its default and whether it may be given again. */
function flagHelp({ help, value }: Flag): string {
  const more = value?.isRepeatable ? "; repeatable" : "";
  return `${help}${more}${value?.default === undefined ? "" : ` (${value.default})`}`;
}

function section(title: string, lines: readonly (readonly [string, string])[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...inColumns(lines)];
}

/** Two columns; a long first one has the second below it. */
function inColumns(lines: readonly (readonly [string, string])[]): string[] {
  const LEFT_MAX = 34;
  const left = Math.min(LEFT_MAX, Math.max(...lines.map(([first]) => first.length)));
  const indent = " ".repeat(left + 4);
  return lines.flatMap(([first, second]) => {
    const [head = "", ...rest] = wrapped(second, WIDTH_MAX - indent.length);
    const more = rest.map((text) => indent + text);
    return first.length > left
      ? [`  ${first}`, indent + head, ...more]
      : [`  ${first.padEnd(left)}  ${head}`, ...more];
  });
}

/** Lines of at most so many characters, broken at blanks. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
