/**
 * What makes a text no JSON, and where. Each runtime says it in words of its own, and some of
 * them quote what they read, which may be a secret.
 */

/** What may come next, in words. */
type Wanted =
  | "a value"
  | 'a value or "]"'
  | 'a name or "}"'
  | "a name"
  | '":"'
  | '"," or "}"'
  | '"," or "]"'
  | "the end";

const WORD = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** "it ends at line 3, column 7, wanted a value", of a text that `JSON.parse` refuses. */
export function jsonFault(text: string): string {
  const { at, wanted } = faultIn(text);
  const what = at >= text.length ? "it ends" : "got something else";
  return `${what} at ${placeIn(text, at)}, wanted ${wanted}`;
}

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at);
  const column = at - before.lastIndexOf("\n");
  if (!before.includes("\n") && !text.trimEnd().includes("\n")) return `column ${column}`;
  return `line ${before.split("\n").length}, column ${column}`;
}

function faultIn(text: string): { readonly at: number; readonly wanted: string } {
  const open: ("[" | "{")[] = [];
  let wanted: Wanted = "a value";
  const after = (): Wanted => {
    const inside = open.at(-1);
    if (inside === undefined) return "the end";
    return inside === "{" ? '"," or "}"' : '"," or "]"';
  };
  for (let at = 0;;) {
    at = skipped(BLANKS, text, at)!;
    const sign = text[at] ?? "";
    const isName: boolean = wanted === "a name" || wanted === 'a name or "}"';
    const isValue: boolean = wanted === "a value" || wanted === 'a value or "]"';
    if (sign === '"' && (isName || isValue)) {
      const end = stringEnd(text, at + 1);
      if (typeof end !== "number") return end;
      at = end;
      wanted = isName ? '":"' : after();
    } else if (isValue && (sign === "[" || sign === "{")) {
      open.push(sign);
      at++;
      wanted = sign === "[" ? 'a value or "]"' : 'a name or "}"';
    } else if (sign !== "" && "]}".includes(sign) && wanted.endsWith(`"${sign}"`)) {
      open.pop();
      at++;
      wanted = after();
    } else if (sign === "," && wanted.startsWith('","')) {
      at++;
      wanted = open.at(-1) === "{" ? "a name" : "a value";
    } else if (sign === ":" && wanted === '":"') {
      at++;
      wanted = "a value";
    } else {
      const end = isValue ? skipped(WORD, text, at) ?? skipped(NUMBER, text, at) : undefined;
      if (end === undefined) return { at, wanted };
      at = end;
      wanted = after();
    }
  }
}

/** Behind the quote that ends a string. */
function stringEnd(text: string, from: number): number | { at: number; wanted: string } {
  for (let at = from;;) {
    const sign = text[at] ?? "";
    if (sign === '"') return at + 1;
    const end = sign === "\\" ? skipped(ESCAPE, text, at) : sign < " " ? undefined : at + 1;
    if (end === undefined) return { at, wanted: sign === "" ? "the end of a text" : "a text" };
    at = end;
  }
}

/** Behind what the pattern finds at this place; undefined when it finds nothing. */
function skipped(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
