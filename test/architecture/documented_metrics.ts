/** The metrics that docs/metrics.md has, each with the labels that it says there are. */

/** A row of a table, with its cells. */
const ROW = /^\| `([a-z0-9_{},]+)` +\| (counter|gauge|histogram|summary) +\|(.*)\|$/;

export function documentedMetrics(page: string): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  let ofSection: string[] = [];
  let hasLabels = false;
  for (const line of page.split("\n")) {
    // A heading, or "Of ...:" before a table: the labels of the tables behind it.
    if (line.startsWith("#")) ofSection = [];
    if (/^(?:Of |All of these |Dashboards )/.test(line)) ofSection = labelsIn(line);
    if (/^\| name /.test(line)) hasLabels = /\| (?:more )?labels +\|/.test(line);
    const match = ROW.exec(line);
    if (match === null) continue;
    const [, names = "", type, cells = ""] = match;
    const cell = hasLabels ? cells.split("|")[0]! : "";
    const own = new Set([...ofSection, ...wordsIn(cell), ...labelsIn(cells)]);
    for (const name of expand(names)) {
      for (const [one, more] of partsOf(name, type!)) found.set(one, new Set([...own, ...more]));
    }
  }
  return found;
}

/** The names behind the word "label", such as "labels `remote_name` (...) and `url`". */
function labelsIn(text: string): string[] {
  const from = text.search(/\blabels?\b|, by `/);
  return from < 0 ? [] : wordsIn(text.slice(from));
}

function wordsIn(text: string): string[] {
  return [...text.matchAll(/`([a-z_]+)`/g)].map(([, word = ""]) => word);
}

/** `a_{b,c}_d` is `a_b_d` and `a_c_d`. */
function expand(name: string): string[] {
  const match = /^(.*)\{([a-z,]+)\}(.*)$/.exec(name);
  if (match === null) return [name];
  return match[2]!.split(",").map((one) => `${match[1]}${one}${match[3]}`);
}

function partsOf(name: string, type: string): [string, string[]][] {
  if (type === "counter" || type === "gauge") return [[name, []]];
  const both: [string, string[]][] = [[`${name}_sum`, []], [`${name}_count`, []]];
  return type === "summary" ? both : [...both, [`${name}_bucket`, ["le"]]];
}
