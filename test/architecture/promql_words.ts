/** The series that a query asks for: as much of PromQL as the rules and the dashboard use. */

export interface AskedFor {
  readonly series: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** The labels of its aggregations and matchings: some of its series have them. */
  readonly grouping: readonly string[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const KEYWORDS = new Set([
  "and",
  "or",
  "unless",
  "bool",
  "offset",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
]);

export function askedFor(query: string): AskedFor {
  const grouping = [...query.matchAll(GROUPING)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim()).filter((name) => name !== "")
  );
  // Durations and texts hold no names, but what looks like them.
  const rest = query.replaceAll(GROUPING, " ").replaceAll(/\[[^\]]*\]|\boffset \w+/g, " ");
  const series: { metric: string; labels: readonly string[] }[] = [];
  const word = /("[^"]*")|([a-zA-Z_:][\w:]*)\s*(\(|\{([^}]*)\})?/g;
  for (const [, text, name, behind, braces = ""] of rest.matchAll(word)) {
    if (text !== undefined || name === undefined || behind === "(" || KEYWORDS.has(name)) continue;
    const own = [...braces.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = ""]) => label);
    series.push({ metric: name, labels: own });
  }
  if (series.length === 0) throw new Error(`no series is asked for in ${query}`);
  return { series, grouping };
}
