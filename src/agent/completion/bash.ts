import type { ValueKind } from "../commands/flags.ts";
import type { CommandRow } from "../commands/row.ts";

/** What `compgen` makes of a value: undefined where nobody can know it. */
function action(kind: ValueKind, choices: readonly string[] = []): string | undefined {
  switch (kind) {
    case "file":
    case "path":
      return "-f";
    case "directory":
      return "-d";
    case "choice":
      return wordsOf(choices);
    default:
      return undefined;
  }
}

/** For `complete -F`, as bash 3.2 of macOS has it too. */
export function bashCompletion(rows: readonly CommandRow[]): string {
  const names = rows.map(({ name }) => name);
  return `# Completions of walq for bash: walq completion bash
_walq() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local IFS=$'\\n'
  COMPREPLY=()
  # "--flag=value" comes as three words.
  if [[ $cur == "=" ]]; then cur=
  elif [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen ${wordsOf([...names, "help", "--help", "--version"])} -- "$cur"))
    return
  fi
  case "$command $prev" in
${rows.flatMap(values).join("\n")}
  esac
  case "$command" in
${rows.map(flags).join("\n")}
    help) COMPREPLY=($(compgen ${wordsOf(names)} -- "$cur")) ;;
  esac
}
complete -F _walq walq
`;
}

/** Words to choose from, each in a line, as the script has no other separator: paths may have blanks. */
function wordsOf(words: readonly string[]): string {
  return `-W '${words.join("\n")}'`;
}

/** What comes behind each option that takes a value. */
function values({ name, flags }: CommandRow): string[] {
  return flags.flatMap(({ name: flag, value }) => {
    if (value === undefined) return [];
    const by = action(value.kind, value.choices);
    const found = by === undefined ? "" : ` COMPREPLY=($(compgen ${by} -- "$cur"));`;
    const asFiles = by === "-f" || by === "-d" ? " compopt -o filenames 2>/dev/null;" : "";
    return [`    "${name} ${flag}")${found}${asFiles} return ;;`];
  });
}

/** Its options, and what its arguments are. */
function flags({ name, flags, positionals, readsWords }: CommandRow): string {
  const words = wordsOf([...flags.map((flag) => flag.name), "--help"]);
  const by = readsWords ? "-f" : positionals.map(({ kind }) => action(kind)).find(Boolean);
  const places = by === undefined
    ? ""
    : `\n      if [[ $cur != -* ]]; then COMPREPLY=($(compgen ${by} -- "$cur")); compopt -o filenames 2>/dev/null; fi`;
  return `    ${name})
      COMPREPLY=($(compgen ${words} -- "$cur"))${places} ;;`;
}
