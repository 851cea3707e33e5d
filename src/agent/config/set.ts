import { formatPath } from "../../options.ts";
import type { Problems } from "./problems.ts";
import type { Setting } from "./source.ts";
import type { Tree, TreeList, TreeMap } from "./tree.ts";
import { hasKnownWords, hasOwnNames } from "./known_words.ts";
import { parseScalar } from "./yaml.ts";

const STEP = /^(?:\.?([\p{L}_][\p{L}\p{N}_-]*)|\[(\d{1,6})\]|\[("(?:[^"\\]|\\.)*")\])/u;

/**
 * Puts one `--set key=value` into the configuration: a dotted path with indexes
 * in brackets, such as `remote_write[0].queue_config.max_shards=8`.
 */
export function applySet(root: TreeMap, setting: string, problems: Problems): void {
  const equals = setting.indexOf("=");
  const key = equals < 0 ? setting : setting.slice(0, equals);
  const path = parsePath(key);
  const place = `--set ${equals < 0 || path === undefined ? beginningOf(key) : shownPath(path)}`;
  if (equals < 0 || path === undefined) {
    problems.add(place, 'expected key=value, such as "server.listen=127.0.0.1:9099"');
    return;
  }
  const scalar = parseScalar(setting.slice(equals + 1), place);
  if (scalar === undefined) {
    problems.add(place, "expected a single value, not a list or a map");
    return;
  }
  const wrong = put(root, path, scalar);
  if (wrong !== undefined) problems.add(place, wrong);
}

/** Puts what another option of the command line says into the configuration. */
export function applySetting(
  root: TreeMap,
  { path, value, place, isDefault }: Setting,
  problems: Problems,
): void {
  if (isDefault && isGiven(root, path)) return;
  const scalar = (text: string): Tree => parseScalar(text, place) ?? textOf(text, place);
  const tree: Tree = typeof value === "string"
    ? scalar(value)
    : { kind: "list", place, items: value.map(scalar) };
  const wrong = put(root, path, tree);
  if (wrong !== undefined) problems.add(place, wrong);
}

/** What YAML would not take for a single value is a text as it stands. */
function textOf(text: string, place: string): Tree {
  return { kind: "scalar", place, value: text, text };
}

function isGiven(root: TreeMap, path: readonly string[]): boolean {
  let node: Tree | undefined = root;
  for (const step of path) node = node?.kind === "map" ? node.entries.get(step) : undefined;
  return node !== undefined;
}

function parsePath(text: string): (string | number)[] | undefined {
  const path: (string | number)[] = [];
  for (let rest = text; rest !== "";) {
    const match = STEP.exec(rest);
    if (match === null || (path.length === 0 && rest.startsWith("."))) return undefined;
    const [whole, name, index, quoted] = match;
    if (index !== undefined) path.push(Number(index));
    else path.push(name ?? String(JSON.parse(quoted!)));
    rest = rest.slice(whole.length);
  }
  return typeof path[0] === "string" ? path : undefined;
}

/** The known beginning of something that is no key, or has no value: the rest can hold a secret. */
function beginningOf(key: string): string {
  const steps = key.split(/(?=[.[])/);
  const end = steps.findIndex((step) =>
    !/^\[\d{1,6}\]$/.test(step) && !hasKnownWords(step.replace(/^\./, ""))
  );
  return end < 0 ? key : `${steps.slice(0, end).join("")}...`;
}

/** As it was written, without what is no word of the file's keys nor one of the user's own in a place for them. */
function shownPath(path: readonly (string | number)[]): string {
  const isShown = (step: string | number, depth: number): boolean =>
    typeof step === "number" || hasKnownWords(step) || hasOwnNames(path[depth - 1]);
  return formatPath(path.map((step, depth) => isShown(step, depth) ? step : "..."))
    .replaceAll('["..."]', "[...]");
}

/** Walks to the place, making maps and one more item of a list on the way. Tells what is in the way. */
function put(root: TreeMap, path: readonly (string | number)[], value: Tree): string | undefined {
  let node: Tree = root;
  for (const [depth, step] of path.entries()) {
    const next = path[depth + 1];
    if (typeof step === "number") {
      if (node.kind !== "list") return `[${step}] is not in a list`;
      const { items }: TreeList = node;
      if (step > items.length) return `got index ${step}, expected at most ${items.length}`;
      node = next === undefined ? value : container(items[step], next, value.place);
      items[step] = node;
    } else {
      if (node.kind !== "map") {
        return `${hasKnownWords(step) ? `"${step}"` : "the last key"} is not in a map`;
      }
      const { entries }: TreeMap = node;
      node = next === undefined ? value : container(entries.get(step), next, value.place);
      entries.set(step, node);
    }
  }
  return undefined;
}

/** What is there, or something empty that the next step can go into. */
function container(present: Tree | undefined, next: string | number, place: string): Tree {
  const isNull = present?.kind === "scalar" && present.value === null;
  if (present !== undefined && !isNull) return present;
  if (typeof next === "number") return { kind: "list", place, items: [] };
  return { kind: "map", place, entries: new Map() };
}
