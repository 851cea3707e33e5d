import type { Flag, Positional, ValueKind } from "../commands/flags.ts";
import type { CommandRow } from "../commands/row.ts";

function action(kind: ValueKind, choices: readonly string[] = []): string {
  switch (kind) {
    case "file":
    case "path":
      return "_files";
    case "directory":
      return "_files -/";
    case "choice":
      return `(${choices.join(" ")})`;
    default:
      return " ";
  }
}

/** A file \`_walq\` for a directory of \`fpath\`. */
export function zshCompletion(rows: readonly CommandRow[]): string {
  const commands = rows.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  return `#compdef walq
# Completions of walq for zsh: walq completion zsh
_walq() {
  local -a commands
  commands=(
${commands.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${rows.map(ofCommand).join("\n")}
  esac
}
_walq "$@"
`;
}

function ofCommand({ name, flags, positionals, readsWords }: CommandRow): string {
  const specs = [
    ...flags.map(flagSpec),
    quoted("--help[this text]"),
    ...positionals.map(placeSpec),
    ...(readsWords ? [quoted("*:argument:_files")] : []),
  ];
  return `    ${name})
      _arguments ${specs.join(" \\\n        ")} ;;`;
}

function flagSpec({ name, help, value }: Flag): string {
  const again = value?.isRepeatable ? "*" : "";
  const text = `[${help.replaceAll(/[[\]]/g, "\\$&")}]`;
  if (value === undefined) return quoted(`${name}${text}`);
  return quoted(`${again}${name}=${text}:${value.name}:${action(value.kind, value.choices)}`);
}

function placeSpec({ name, kind, isRepeatable }: Positional): string {
  return quoted(`${isRepeatable ? "*" : ""}:${name}:${action(kind)}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
