import { type Block, type KeyKind, toCamelCase } from "./keys.ts";
import type { Problems } from "./problems.ts";
import type { Tree } from "./yaml.ts";

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

/** Reads one block; keys that are unknown, unsupported or given twice go to `problems`. */
export function readBlock(
  tree: Tree | undefined,
  block: Block,
  at: Origin,
  problems: Problems,
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
    problems.add(read.place, `${at.key || "the file"}: got ${nameOfTree(tree)}, expected a map`);
    return read;
  }
  for (const [name, value] of tree.entries) {
    const key = at.key === "" ? name : `${at.key}.${name}`;
    if (block.blocks.includes(name)) read.blocks.set(name, value);
    else readKey(read, block, { name, key, value }, problems);
  }
  return read;
}

function readKey(
  read: ReadBlock,
  block: Block,
  { name, key, value }: { name: string; key: string; value: Tree },
  problems: Problems,
): void {
  if (Object.hasOwn(block.unsupported, name)) {
    problems.add(value.place, `${key}: not supported: ${block.unsupported[name]}`);
    return;
  }
  if (!Object.hasOwn(block.keys, name)) {
    const known = [...Object.keys(block.keys), ...block.blocks].join(", ");
    problems.add(value.place, `${key}: unknown key, expected one of ${known}`);
    return;
  }
  const { kind, name: own = name } = block.keys[name]!;
  const option = toCamelCase(own);
  const other = read.origins.get(option);
  if (other !== undefined) {
    problems.add(
      value.place,
      `${key}: the same as ${other.key} (${other.place}), expected one of them`,
    );
    return;
  }
  read.options[option] = toOption(value, kind);
  read.origins.set(option, { place: value.place, key });
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
