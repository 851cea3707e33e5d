import { RE2JS } from "re2js";
import { messageOf } from "../errors.ts";
import { type DistinctNames, distinctNames } from "./group_names.ts";
import { Known } from "./known.ts";

/** What a pattern has found: the groups, of which 0 is all of it. */
export interface Match {
  /** By number, or by name; "" for what is not there or took no part. */
  group(which: number | string): string;
}

/** Literals, one or more with `|` between them: no engine is needed to tell whether a text is one. */
const LITERALS = /^[A-Za-z0-9_:/ ;,=@%~"'!<>-]*(?:\|[A-Za-z0-9_:/ ;,=@%~"'!<>-]*)*$/;
/** What matches any text as a whole, with that text as its first group. */
const ANYTHING = "(.*)";

/**
 * A regular expression in Go's syntax and with Go's meaning, which has to match a
 * text from its start to its end, and whose `.` matches a newline too: it is
 * compiled as `^(?s:...)$`, as Prometheus 3 does. The time is linear in the text.
 */
export class Pattern {
  readonly #compiled: RE2JS;
  readonly #literals: ReadonlySet<string> | undefined;
  readonly #isAnything: boolean;
  /** More than one where a name is that of more than one. */
  readonly #groupsOfName: ReadonlyMap<string, readonly number[]>;
  readonly #known = new Known<Match | undefined>();

  /** Throws an `Error` that says what is wrong with the expression. */
  constructor(regex: string) {
    const distinct = distinctNames(regex);
    this.#compiled = RE2JS.compile(`^(?s:${distinct.regex})$`);
    this.#literals = LITERALS.test(regex) ? new Set(regex.split("|")) : undefined;
    this.#isAnything = regex === ANYTHING;
    this.#groupsOfName = groupsOfName(this.#compiled.namedGroups(), distinct);
  }

  /** Whether it matches. */
  matches(text: string): boolean {
    return this.match(text) !== undefined;
  }

  /** What it finds first. */
  match(text: string): Match | undefined {
    if (this.#isAnything) return { group: (which) => which === 0 || which === 1 ? text : "" };
    if (this.#literals !== undefined) {
      return this.#literals.has(text) ? { group: (which) => which === 0 ? text : "" } : undefined;
    }
    return this.#known.get(text, (text) => this.#find(text));
  }

  #find(text: string): Match | undefined {
    if (!this.#compiled.test(text)) return undefined;
    return this.matchesIn(text).next().value?.match;
  }

  /** All that it finds, one behind the other; more than one only where the anchors are not for all of it: `a)|(b`. */
  *matchesIn(text: string): Generator<{ match: Match; start: number; end: number }, undefined> {
    const matcher = this.#compiled.matcher(text);
    while (matcher.find()) {
      const groups = Array.from(
        { length: matcher.groupCount() + 1 },
        (_, index) => matcher.group(index),
      );
      const group = (which: number | string): string => {
        if (typeof which === "number") return groups[which] ?? "";
        const named = this.#groupsOfName.get(which) ?? [];
        // The first that took part, as Go's `Expand` has it.
        return named.map((index) => groups[index]).find((found) => found != null) ?? "";
      };
      yield { match: { group }, start: matcher.start(), end: matcher.end() };
    }
    return undefined;
  }
}

function groupsOfName(
  groupOfName: Readonly<Record<string, number>>,
  { instead }: DistinctNames,
): ReadonlyMap<string, readonly number[]> {
  const groups = new Map(Object.entries(groupOfName).map(([name, group]) => [name, [group]]));
  for (const [name, names] of instead) {
    groups.set(name, names.map((one) => groupOfName[one]!));
    for (const one of names) if (one !== name) groups.delete(one);
  }
  return groups;
}

/** What is wrong with a regular expression; undefined when it is fine. */
export function whyNoPattern(regex: string): string | undefined {
  try {
    new Pattern(regex);
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/^error parsing regexp: /, "");
  }
}
