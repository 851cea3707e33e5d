/** Which name servers there are, and under which names a name is looked for: resolv.conf(5). */
export interface ResolverConfig {
  /** Addresses, IPv4 or IPv6; at least one. */
  readonly servers: readonly string[];
  /** Domains that are put behind a name. */
  readonly search: readonly string[];
  /** A name with so many dots is first looked for as it is. */
  readonly dotsMin: number;
}

/** Where every Unix has it. */
export const RESOLV_CONF = "/etc/resolv.conf";
/** What the C library takes if there is none. */
const LOCAL_SERVER = "127.0.0.1";
const DOTS_MAX = 15;

export function parseResolvConf(text: string): ResolverConfig {
  const servers: string[] = [];
  let search: readonly string[] = [];
  let dotsMin = 1;
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (keyword === "nameserver" && words[0] !== undefined) servers.push(words[0]);
    // Each takes the place of the one before it.
    if (keyword === "domain") search = words.slice(0, 1);
    if (keyword === "search") search = words;
    if (keyword !== "options") continue;
    const dots = words.map((word) => /^ndots:(\d+)$/.exec(word)?.[1]).find((found) => found);
    if (dots !== undefined) dotsMin = Math.min(DOTS_MAX, Number(dots));
  }
  return { servers: servers.length > 0 ? servers : [LOCAL_SERVER], search, dotsMin };
}

/** The full names that a name may stand for, in the order in which they are tried. */
export function fullNames(name: string, { search, dotsMin }: ResolverConfig): readonly string[] {
  if (name.endsWith(".")) return [name];
  const itself = `${name}.`;
  const longer = search.map((domain) => `${name}.${domain.replace(/\.?$/, ".")}`);
  const dots = name.split(".").length - 1;
  return dots >= dotsMin ? [itself, ...longer] : [...longer, itself];
}
