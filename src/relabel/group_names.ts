/** What can have a parenthesis in it that opens no group, and a group that has a name. */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[^]?|\[\^?\]?(?:\[:\^?\w+:\]|\\[^]?|[^\]\\])*(?:\]|$)|\(\?P?<(\w+)>/gu;

/** An expression of which each group has a name of its own, or none. */
export interface DistinctNames {
  readonly regex: string;
  /** The names that groups have instead, in their order, by the name that more than one has. */
  readonly instead: ReadonlyMap<string, readonly string[]>;
}

/**
 * Go takes a name for more than one group, which re2js refuses as RE2 does: so all but the
 * first get other names.
 */
export function distinctNames(regex: string): DistinctNames {
  const all = Array.from(regex.matchAll(TOKEN), ([, name]) => name).filter((name) =>
    name !== undefined
  );
  const taken = new Set(all);
  if (taken.size === all.length) return { regex, instead: new Map() };
  const instead = new Map<string, string[]>();
  let count = 0;
  const distinct = regex.replace(TOKEN, (token: string, name: string | undefined) => {
    if (name === undefined) return token;
    const before = instead.get(name);
    if (before === undefined) {
      instead.set(name, [name]);
      return token;
    }
    do count++; while (taken.has(`_${count}`));
    before.push(`_${count}`);
    return `(?P<_${count}>`;
  });
  return { regex: distinct, instead };
}
