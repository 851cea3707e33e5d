export type { Environment } from "../../contracts.ts";

/** The names that need no braces, of one character (`os.Expand` of Go). */
const SPECIAL = /^[*#$@!?\-0-9]/;

/**
 * Puts values in the place of `$NAME` and `${NAME}`, by the rules of Go's
 * `os.Expand`, which Prometheus uses: `$$` is `$`, what is no name stays, and
 * braces that are not closed go, or have nothing in them (`onBroken`).
 */
export function expand(
  text: string,
  valueOf: (name: string) => string,
  onBroken: () => void = () => {},
): string {
  let out = "";
  for (let rest = text;;) {
    const at = rest.indexOf("$");
    if (at < 0 || at === rest.length - 1) return out + rest;
    out += rest.slice(0, at);
    const [name, length] = nameAt(rest.slice(at + 1));
    if (name !== "") out += name === "$" ? "$" : valueOf(name);
    else if (length === 0) out += "$";
    else onBroken();
    rest = rest.slice(at + 1 + length);
  }
}

/** The name behind a dollar, and how many characters it takes. */
function nameAt(text: string): [name: string, length: number] {
  if (text.startsWith("{")) {
    const end = text.indexOf("}");
    // Where the brace is never closed, it alone is left out.
    return end < 0 ? ["", 1] : [text.slice(1, end), end + 1];
  }
  if (SPECIAL.test(text)) return [text.slice(0, 1), 1];
  const [name = ""] = /^[A-Za-z0-9_]*/.exec(text) ?? [];
  return [name, name.length];
}

/** Looks like a variable that somebody expects a value for; in secrets, where dollars are natural, only as a whole. */
export function looksExpandable(text: string, isSecret: boolean): boolean {
  const asWhole = /^\$(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]*)$/;
  return asWhole.test(text) || (!isSecret && /\$\{[A-Za-z_][A-Za-z0-9_]*\}/.test(text));
}
