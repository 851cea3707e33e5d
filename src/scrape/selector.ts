/** Selectors of PromQL, such as `{job="node", instance!~"10\\..*"}`, as far as they choose targets. */
import { Pattern } from "../relabel/pattern.ts";
import type { Labels } from "../types.ts";

/** A text that is no selector. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

/** Whether labels are those that are meant. */
export type Matches = (labels: Labels) => boolean;

const NAME = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*/;
const MATCHER =
  /^\s*(?:([a-zA-Z_][a-zA-Z0-9_]*)|("(?:[^"\\\n]|\\.)*"))\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)\s*/s;
const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** @throws {SelectorError} that says what is wrong with it. */
export function parseSelector(text: string): Matches {
  const matchers: Matches[] = [];
  const [named = "", metric] = NAME.exec(text) ?? [];
  if (metric !== undefined) matchers.push(matcherOf("__name__", "=", metric));
  let rest = text.slice(named.length).trim();
  if (rest === "" && metric !== undefined) return all(matchers);
  if (!rest.startsWith("{") || !rest.endsWith("}")) throw wrong(text);
  rest = rest.slice(1, -1);
  while (rest.trim() !== "") {
    const match = MATCHER.exec(rest);
    if (match === null) throw wrong(text);
    const [whole, name, quotedName, operator, value] = match;
    matchers.push(matcherOf(name ?? unquote(quotedName!), operator!, unquote(value!)));
    rest = rest.slice(whole.length);
    if (rest.startsWith(",")) rest = rest.slice(1);
    else if (rest !== "") throw wrong(text);
  }
  return all(matchers);
}

function all(matchers: readonly Matches[]): Matches {
  return (labels) => matchers.every((matches) => matches(labels));
}

function matcherOf(name: string, operator: string, value: string): Matches {
  const of = (labels: Labels): string => labels[name] ?? "";
  if (operator === "=") return (labels) => of(labels) === value;
  if (operator === "!=") return (labels) => of(labels) !== value;
  let pattern: Pattern;
  try {
    pattern = new Pattern(value);
  } catch (error) {
    throw new SelectorError(`${JSON.stringify(value)}: ${(error as Error).message}`);
  }
  return operator === "=~"
    ? (labels) => pattern.matches(of(labels))
    : (labels) => !pattern.matches(of(labels));
}

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("`")) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/gs,
    (_, byte: string | undefined, unit: string | undefined, char: string) =>
      byte !== undefined || unit !== undefined
        ? String.fromCharCode(parseInt(byte ?? unit!, 16))
        : ESCAPES[char] ?? char,
  );
}

function wrong(text: string): SelectorError {
  return new SelectorError(`${JSON.stringify(text)} is no selector such as {job="x"}`);
}
