import { type Environment, expand, looksExpandable } from "./environment.ts";
import { type Block, type Key, type KeyKind, toCamelCase } from "./keys.ts";
import type { Problems } from "./problems.ts";
import { hasKnownWords, hintOf } from "./words.ts";
import type { Tree } from "./tree.ts";

/** Where in the file an option came from. */
export interface Origin {
  readonly place: string;
  /** The key as the file has it: `remote_write[0].queue_config.max_shards`. */
  readonly key: string;
}

/** A block that was read: its options in camelCase, where each came from, and the blocks within. */
export interface ReadBlock {
  readonly key: string;
  readonly place: string;
  readonly options: Record<string, unknown>;
  readonly origins: Map<string, Origin>;
  readonly blocks: Map<string, Tree>;
}

/** What the reading of a block works with. */
export interface ReadTools {
  readonly problems: Problems;
  readonly env: Environment;
}

/** A key of a block that is being read. */
interface Entry {
  readonly name: string;
  /** With what is around it: `remote_write[0].queue_config.max_shards`. */
  readonly key: string;
  readonly value: Tree;
}

/** Reads one block; keys that are unknown, unsupported or given twice go to `problems`. */
export function readBlock(
  tree: Tree | undefined,
  block: Block,
  at: Origin,
  tools: ReadTools,
): ReadBlock {
  const read: ReadBlock = {
    key: at.key,
    place: tree?.place ?? at.place,
    options: {},
    origins: new Map(),
    blocks: new Map(),
  };
  // `queue_config:` with nothing after it is an empty block, as in Prometheus.
  if (tree === undefined || (tree.kind === "scalar" && tree.value === null)) return read;
  if (tree.kind !== "map") {
    tools.problems.add(
      read.place,
      `${at.key || "the file"}: got ${nameOfTree(tree)}, expected a map`,
    );
    return read;
  }
  for (const [name, value] of tree.entries) {
    const key = at.key === "" ? name : `${at.key}.${name}`;
    if (block.blocks.includes(name)) read.blocks.set(name, value);
    else readKey(read, block, { name, key, value }, tools);
  }
  return read;
}

function readKey(read: ReadBlock, block: Block, entry: Entry, tools: ReadTools): void {
  const { name, key, value } = entry;
  const { problems } = tools;
  if (Object.hasOwn(block.unsupported, name)) {
    problems.add(value.place, `${key}: not supported: ${block.unsupported[name]}`);
    return;
  }
  const { accepted = {} } = block;
  if (Object.hasOwn(accepted, name)) {
    const verdict = accepted[name]!(value);
    if (verdict?.is === "refused") problems.add(value.place, `${key}: ${verdict.message}`);
    else if (verdict !== undefined) {
      problems.remark({ level: verdict.is, place: value.place, key, message: verdict.message });
    }
    return;
  }
  if (!Object.hasOwn(block.keys, name)) {
    problems.add(value.place, unknownKey(read, block, entry));
    return;
  }
  const known = block.keys[name]!;
  const option = toCamelCase(known.name ?? name);
  const other = read.origins.get(option);
  if (other !== undefined) {
    problems.add(
      value.place,
      `${key}: the same as ${other.key} (${other.place}), expected one of them`,
    );
    return;
  }
  read.options[option] = valueOf(entry, known, tools);
  read.origins.set(option, { place: value.place, key });
}

/** Of what is written where a key is expected only known words are shown: it can be a secret. */
function unknownKey(read: ReadBlock, block: Block, { name, key, value }: Entry): string {
  const expected = [
    ...Object.keys(block.keys),
    ...block.blocks,
    ...Object.keys(block.accepted ?? {}),
  ].join(", ");
  const what = hasKnownWords(name)
    ? `${key}: unknown key`
    : `${read.key || "the file"}: unknown key${columnOf(value)}${hintOf(name)}`;
  return `${what}, expected one of ${expected}`;
}

/** Where in its line a key is; `--set` has no lines. */
function columnOf(value: Tree): string {
  return value.column === undefined ? "" : ` at column ${value.column}`;
}

/** What the option gets, with a remark where that is not what is written, or not what somebody may think it is. */
function valueOf({ key, value }: Entry, known: Key, { problems, env }: ReadTools): unknown {
  const option = toOption(value, known.kind);
  const remark = (level: "info" | "warn", message: string): void =>
    problems.remark({ level, place: value.place, key, message });
  if (known.most !== undefined && Number.isInteger(option) && option as number > known.most) {
    remark("warn", `got ${option}, using ${known.most}: walq has no more`);
    return known.most;
  }
  if (known.expands) {
    return mapTexts(option, (text) =>
      expand(text, (name) => {
        const found = env(name) ?? "";
        const shown = /^[A-Za-z0-9_]+$/.test(name) ? ` ${name}` : "";
        if (found === "") remark("warn", `the environment variable${shown} is empty or not set`);
        return found;
      }));
  }
  let isExpandable = false;
  mapTexts(option, (text) => {
    isExpandable ||= looksExpandable(text, known.secret === true);
    return text;
  });
  if (isExpandable) {
    remark(
      "warn",
      "has what looks like an environment variable, and is taken as it is: only external_labels are expanded",
    );
  }
  return option;
}

/** Puts other texts in the place of those in a value. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change)]),
  );
}

/** A value as the schema of the options takes it; what is of the wrong kind is left to the schema. */
function toOption(tree: Tree, kind: KeyKind): unknown {
  if (tree.kind === "list") {
    return tree.items.map((item) => kind === "texts" ? toText(item) : toOption(item, "value"));
  }
  if (tree.kind === "map") {
    // Not through assignment, to which "__proto__" is no ordinary key.
    const toValue = kind === "texts" ? toText : (inner: Tree) => toOption(inner, "value");
    return Object.fromEntries(
      Array.from(tree.entries, ([name, value]) => [name, toValue(value)]),
    );
  }
  if (tree.value === null) return kind === "texts" ? {} : null;
  return kind === "value" || kind === "texts" ? tree.value : tree.text;
}

/** Nothing after the colon is an empty text here, as in Prometheus. */
function toText(tree: Tree): unknown {
  return tree.kind === "scalar" ? tree.text : toOption(tree, "value");
}

/** A value as an error message calls it: never what it is, which can be a secret. */
export function nameOfTree(tree: Tree): string {
  if (tree.kind === "list") return "a list";
  if (tree.kind === "map") return "a map";
  return tree.value === null ? "nothing" : "a single value";
}
