import type { Flag, ValueKind } from "../commands/flags.ts";
import type { CommandRow } from "../commands/row.ts";

function action(kind: ValueKind, choices: readonly string[] = []): string {
  switch (kind) {
    case "file":
    case "path":
      return " -r -F";
    case "directory":
      return " -x -a '(__fish_complete_directories)'";
    case "choice":
      return ` -x -a ${quoted(choices.join(" "))}`;
    default:
      return " -x";
  }
}

/** A file \`walq.fish\`. */
export function fishCompletion(rows: readonly CommandRow[]): string {
  const names = rows.map(({ name }) => name).join(" ");
  const none = `not __fish_seen_subcommand_from ${names}`;
  const lines = rows.flatMap((row) => [
    `complete -c walq -n ${quoted(none)} -f -a ${row.name} -d ${quoted(row.summary)}`,
    ...ofCommand(row),
  ]);
  return `# Completions of walq for fish: walq completion fish
complete -c walq -n ${quoted(none)} -f -l help
complete -c walq -n ${quoted(none)} -f -l version
${lines.join("\n")}
`;
}

function ofCommand({ name, flags, positionals, readsWords }: CommandRow): string[] {
  const on = `complete -c walq -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const takesFiles = readsWords || positionals.some(({ kind }) => kind !== "text");
  return [
    ...(takesFiles ? [] : [`${on} -f`]),
    ...flags.map((flag) => `${on} ${flagWords(flag)}`),
    `${on} -f -l help -d 'this text'`,
  ];
}

function flagWords({ name, help, value }: Flag): string {
  const takes = value === undefined ? "" : action(value.kind, value.choices);
  return `-l ${name.slice(2)}${takes} -d ${quoted(help)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
