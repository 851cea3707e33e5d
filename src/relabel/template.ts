/**
 * Templates of replacements by the rules of Go's `Regexp.Expand`: `$name` takes as
 * many letters, digits and `_` as there are, so `$1x` is the group named "1x";
 * `${name}` says where it ends; `$$` is a dollar, and so is one before anything else.
 * A group that is not there, or took no part in the match, is empty.
 */
import type { Match } from "./pattern.ts";

const VARIABLE = /^(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u;
/** A number without leading zeros that Go takes for one; any other name is that of a group. */
const NUMBER = /^(?:0|[1-9][0-9]{0,8})$/;

/** Text that stands for itself, or the number or the name of a group. */
type Part = string | { readonly group: number | string };

export class Template {
  readonly #parts: readonly Part[];

  constructor(text: string) {
    this.#parts = partsOf(text);
  }

  /** The text of a template that has no variables in it. */
  get constant(): string | undefined {
    if (this.#parts.length === 0) return "";
    const [first] = this.#parts;
    return this.#parts.length === 1 && typeof first === "string" ? first : undefined;
  }

  /** Fills in the groups of a match; undefined if that is longer than `lengthMax`. */
  expand(match: Match, lengthMax: number): string | undefined {
    let text = "";
    for (const part of this.#parts) {
      text += typeof part === "string" ? part : match.group(part.group);
      if (text.length > lengthMax) return undefined;
    }
    return text;
  }
}

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let text = "";
  let rest = template;
  for (;;) {
    const at = rest.indexOf("$");
    if (at < 0) break;
    text += rest.slice(0, at);
    rest = rest.slice(at + 1);
    if (rest.startsWith("$")) {
      text += "$";
      rest = rest.slice(1);
      continue;
    }
    const variable = VARIABLE.exec(rest);
    if (variable === null) {
      text += "$";
      continue;
    }
    if (text !== "") parts.push(text);
    text = "";
    const name = variable[1] ?? variable[2]!;
    parts.push({ group: NUMBER.test(name) ? Number(name) : name });
    rest = rest.slice(variable[0].length);
  }
  text += rest;
  if (text !== "") parts.push(text);
  return parts;
}
