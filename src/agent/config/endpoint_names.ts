/** The names of a file's endpoints: each is the directory of a queue, so no two may be one. */
import { directoryName, endpointName, hashedName, twinName } from "./endpoint_name.ts";
import { FILE } from "./file.ts";
import type { FileBlock } from "./file_block.ts";
import type { Filled } from "./filled.ts";
import { pathKey } from "./path.ts";
import type { Problems } from "./problems.ts";
import type { Tree } from "./tree.ts";
import { isNothing } from "./values.ts";

const ENDPOINTS = FILE.blocks.get("remote_write")!;

/** Secrets to walq, which shows none of them; Prometheus shows these, and tells endpoints apart by them. */
const OPEN: ReadonlySet<string> = new Set([
  "remote_write.headers",
  "remote_write.http_headers.values",
  "remote_write.basic_auth.username",
]);

/** How is sent, and not what, to whom, as who: what somebody tunes leaves the name alone. */
const TUNING: ReadonlySet<string> = new Set([
  "remote_timeout",
  "compression",
  "follow_redirects",
  "round_robin_dns",
  "tls_config",
  "proxy_url",
  "no_proxy",
  "proxy_from_environment",
  "proxy_connect_header",
  "queue_config",
  "metadata_config",
]);

/**
 * Names the endpoints that were given no name, and makes directories' names of the names
 * that were given. Those go first: what has a name keeps it whatever is beside it. Gives
 * the names as they were given, by those of the directories, where the two differ.
 */
export function nameEndpoints(
  endpoints: readonly Filled[],
  root: Tree,
  problems: Problems,
): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  const taken = new Set<string>();
  const isFree = (name: string): boolean => !taken.has(name.toLowerCase());
  const take = ({ values }: Filled, name: string): void => {
    values["name"] = name;
    taken.add(name.toLowerCase());
  };
  const given = new Set<string>();
  for (const endpoint of endpoints) {
    const { values: { name } } = endpoint;
    if (typeof name !== "string" || !isNamed(endpoint)) continue;
    const directory = directoryName(name);
    // The same name twice is refused, as in Prometheus.
    const isTwice = given.has(name);
    given.add(name);
    const own = isTwice || isFree(directory) ? directory : hashedName(name);
    if (own !== name) written.set(own, name);
    take(endpoint, own);
  }
  const trees = endpointTrees(root);
  const seen = new Set<string>();
  const onUrl = countByUrl(endpoints);
  for (const [index, endpoint] of endpoints.entries()) {
    if (isNamed(endpoint)) continue;
    const { values: { url }, of, path, at: { place, key } } = endpoint;
    of.origins.set(pathKey([...path, "name"]), { place, key: `${key}.name (from its url)` });
    const own = endpointName(typeof url === "string" ? url : "");
    const differences = differencesOf(trees[index]).map((one) => twinName(String(url), one));
    const whole = differences.at(-1) ?? own;
    // Where nothing but secrets differs there are two of one name, which is refused; so does Prometheus.
    const name = seen.has(whole) ? own : [own, ...differences].find(isFree) ?? own;
    seen.add(whole);
    if (name !== own) {
      const message = `using "${name}", by what tells it from another on this URL: ` +
        "a name of its own would be kept whatever changes";
      problems.remark({ level: "info", place, key: `${key}.name`, message });
    } else if (onUrl.get(url)! > 1) {
      const message = `using "${name}", as the first without a name on this URL: another that ` +
        "comes before it would get its queue, and send what is pending there; with a name of " +
        "its own it keeps that";
      problems.remark({ level: "warn", place, key: `${key}.name`, message });
    }
    take(endpoint, name);
  }
  return written;
}

/** How many without a name there are on each URL. */
function countByUrl(endpoints: readonly Filled[]): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const endpoint of endpoints) {
    const { values: { url } } = endpoint;
    if (!isNamed(endpoint)) counts.set(url, (counts.get(url) ?? 0) + 1);
  }
  return counts;
}

/** A name that is no text is left to its check. */
function isNamed({ given, values: { name } }: Filled): boolean {
  return given.has("name") && name !== "" && name !== null;
}

/** What it sends to whom; and, where that is the same as another's, everything. */
function differencesOf(tree: Tree | undefined): readonly string[] {
  if (tree?.kind !== "map") return [];
  const { entries } = tree;
  const { accepted = {} } = ENDPOINTS.prometheus;
  const isTuning = (name: string): boolean => TUNING.has(name) || Object.hasOwn(accepted, name);
  const untuned = new Map([...entries].filter(([name]) => !isTuning(name)));
  const user = userIn(entries.get("url"));
  return [untuned, entries].map((some) =>
    JSON.stringify([user, openPart({ ...tree, entries: some }, ENDPOINTS)])
  );
}

/** The login of a URL is no part of it any more. */
function userIn(url: Tree | undefined): string {
  if (url?.kind !== "scalar") return "";
  const text = url.reference ?? url.text;
  return URL.canParse(text) ? new URL(text).username : "";
}

/** The endpoints in the file, as they are filled: what is no map is none. */
function endpointTrees(root: Tree): readonly Tree[] {
  const list = root.kind === "map" ? root.entries.get("remote_write") : undefined;
  return list?.kind === "list" ? list.items.filter(({ kind }) => kind === "map") : [];
}

/** What is in a block as it is written, in an order of its own, without secrets. */
function openPart(tree: Tree, block: FileBlock): unknown {
  if (tree.kind !== "map") return written(tree);
  const parts = [...tree.entries].flatMap(([name, value]): [string, unknown][] => {
    const inner = block.blocks.get(name);
    // Of names of the user's own the next block is the same.
    if (inner?.is?.shape === "named blocks") {
      return value.kind === "map" ? [[name, sorted(value, (one) => openPart(one, inner))]] : [];
    }
    if (inner?.is?.shape === "blocks") {
      return [[
        name,
        value.kind === "list" ? value.items.map((one) => openPart(one, inner)) : null,
      ]];
    }
    if (inner !== undefined) return [[name, openPart(value, inner)]];
    return isOpen(name, block) && !isNothing(value) ? [[name, written(value)]] : [];
  });
  return parts.sort(([one], [other]) => one < other ? -1 : 1);
}

function isOpen(name: string, block: FileBlock): boolean {
  // Under another name it would be another endpoint on the same URL.
  if (block === ENDPOINTS && (name === "name" || name === "url")) return false;
  const isSecret = block.keys.get(name)?.row.kind.secret === true;
  return !isSecret || OPEN.has(`${block.path}.${name}`);
}

function written(tree: Tree): unknown {
  if (tree.kind === "list") return tree.items.map(written);
  return tree.kind === "map" ? sorted(tree, written) : tree.reference ?? tree.text;
}

function sorted(tree: Tree & { kind: "map" }, of: (tree: Tree) => unknown): unknown {
  return [...tree.entries]
    .map(([name, value]): [string, unknown] => [name, of(value)])
    .sort(([one], [other]) => one < other ? -1 : 1);
}
