import type { LabelPair } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { Pattern } from "../relabel/pattern.ts";

/** Whether a label set is meant. */
export type Selector = (labels: readonly LabelPair[]) => boolean;

interface Matcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
}

/** `name`, an operator, and a text in double or single quotes. */
const MATCHER =
  /\s*("(?:[^"\\]|\\.)*"|[a-zA-Z_][a-zA-Z0-9_.]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*/y;
const METRIC = /\s*([a-zA-Z_:][a-zA-Z0-9_:.]*)?\s*/y;

/**
 * Reads a selector as PromQL has it: `up`, `up{job="node"}`, `{__name__=~"http_.*",code!="200"}`.
 *
 * @throws {WalqError} `INVALID_OPTIONS` that says where it is wrong.
 */
export function parseSelector(text: string): Selector {
  METRIC.lastIndex = 0;
  const metric = METRIC.exec(text)?.[1];
  const matchers: Matcher[] = [];
  if (metric !== undefined) {
    matchers.push({ name: "__name__", matches: (value) => value === metric });
  }
  let at = METRIC.lastIndex;
  if (text[at] === "{") at = readMatchers(text, at + 1, matchers);
  if (at !== text.length || matchers.length === 0) throw invalid(text, at, "a selector");
  return (labels) =>
    matchers.every(({ name, matches }) =>
      matches(labels.find(([label]) => label === name)?.[1] ?? "")
    );
}

function readMatchers(text: string, start: number, into: Matcher[]): number {
  let at = start;
  while (text[at] !== "}") {
    MATCHER.lastIndex = at;
    const [all, name = "", operator = "", value = ""] = MATCHER.exec(text) ?? [];
    if (all === undefined) throw invalid(text, at, 'a matcher such as job="node"');
    into.push(matcherOf(text, at, unquoted(name), operator, unquoted(value)));
    at += all.length;
    if (text[at] === ",") at++;
    else if (text[at] !== "}") throw invalid(text, at, '"," or "}"');
  }
  return at + 1 + /^\s*/.exec(text.slice(at + 1))![0].length;
}

function matcherOf(
  text: string,
  at: number,
  name: string,
  operator: string,
  value: string,
): Matcher {
  if (operator === "=") return { name, matches: (other) => other === value };
  if (operator === "!=") return { name, matches: (other) => other !== value };
  let pattern: Pattern;
  try {
    pattern = new Pattern(value);
  } catch {
    throw invalid(text, at, "a regular expression");
  }
  const wanted = operator === "=~";
  return { name, matches: (other) => pattern.matches(other) === wanted };
}

function unquoted(text: string): string {
  if (!/^["']/.test(text)) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t" };

function invalid(text: string, at: number, expected: string): WalqError {
  const message = `Cannot read selector: got ${JSON.stringify(text)}, expected ${expected} at ` +
    `character ${at + 1}`;
  return new WalqError("INVALID_OPTIONS", message);
}
