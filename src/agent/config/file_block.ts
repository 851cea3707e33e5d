import { assert } from "../../assert.ts";
import { spellingsOf, toSnakeCase } from "../../options/block.ts";
import type { AnyBlock, AnyOption, Spelling } from "../../options/table.ts";
import type { Accept } from "./accepted.ts";

/** What Prometheus has in a block of its file, beside what the tables of the options have. */
export interface PrometheusKeys {
  /** Keys that set nothing here, where they say what walq does anyway or what has no meaning here. */
  readonly accepted?: Readonly<Record<string, Accept>>;
  /** Keys that walq has not, and what to say of them. */
  readonly unsupported?: Readonly<Record<string, string>>;
  /** Ways to say one thing, of which a block may use one. Each is a list of keys, called by the first. */
  readonly atMostOne?: readonly (readonly string[])[];
  /** A key that is an empty text where neither it nor its file is given: the block says something all the same. */
  readonly fills?: string;
}

/** A key of the file: which option it is, of which table. */
export interface FileKey extends Omit<Spelling, "key"> {
  readonly option: string;
  readonly row: AnyOption;
  readonly owner: AnyBlock;
}

/** What a block of the file is, if it is an option: others, such as `queue_config`, are the file's alone. */
interface BlockOption {
  readonly option: string;
  readonly row: AnyOption;
  readonly owner: AnyBlock;
  readonly block: AnyBlock;
  /** It alone, a list of such blocks, or a map of them by names of the user's own. */
  readonly shape: "block" | "blocks" | "named blocks";
}

/** One block of the file. */
export interface FileBlock {
  readonly path: string;
  readonly keys: Map<string, FileKey>;
  /** Blocks within it. */
  readonly blocks: Map<string, FileBlock>;
  is: BlockOption | undefined;
  readonly prometheus: PrometheusKeys;
}

/** Where in the file a table begins: at its top, or in a block there. */
interface PlacedTable {
  readonly place: string;
  readonly table: AnyBlock;
}

/**
 * The blocks of the file, from its top: those that the tables of the options give, and
 * by path those that Prometheus has, which come first and so give the order.
 */
export function fileOf(
  tables: readonly PlacedTable[],
  prometheus: Readonly<Record<string, PrometheusKeys>>,
): FileBlock {
  const blockOf = (path: string): FileBlock => ({
    path,
    keys: new Map(),
    blocks: new Map(),
    is: undefined,
    prometheus: prometheus[path] ?? {},
  });
  const top = blockOf("");
  const within = (from: FileBlock, names: readonly string[]): FileBlock => {
    let block = from;
    for (const name of names) {
      const path = block.path === "" ? name : `${block.path}.${name}`;
      const inner = block.blocks.get(name) ?? blockOf(path);
      block.blocks.set(name, inner);
      block = inner;
    }
    return block;
  };
  const place = (table: AnyBlock, at: FileBlock): void => {
    for (const [option, row] of Object.entries(table.rows)) {
      for (const { key, ...how } of spellingsOf(option, row)) {
        const names = key.replace(/^\//, "").split(".");
        const from = key.startsWith("/") ? top : at;
        const { block } = row.kind;
        const parent = within(from, names.slice(0, -1));
        const name = names.at(-1)!;
        assertFree(parent, name);
        if (block === undefined) {
          parent.keys.set(name, { ...how, option, row, owner: table });
        } else {
          const inner = within(parent, [name]);
          inner.is = { option, row, owner: table, block, shape: shapeOf(row) };
          place(block, inner);
        }
      }
    }
  };
  for (const path of Object.keys(prometheus)) within(top, path === "" ? [] : path.split("."));
  for (const { table, place: at } of tables) place(table, at === "" ? top : within(top, [at]));
  return top;
}

function shapeOf({ kind: { written } }: AnyOption): BlockOption["shape"] {
  return written === "blocks" || written === "named blocks" ? written : "block";
}

/** A key that is two things would be one of them by chance. */
function assertFree({ path, keys, blocks, prometheus }: FileBlock, name: string): void {
  const { accepted = {}, unsupported = {} } = prometheus;
  const isFree = !keys.has(name) && blocks.get(name)?.is === undefined &&
    !Object.hasOwn(accepted, name) && !Object.hasOwn(unsupported, name);
  assert(isFree, `the key ${name} of the block "${path}" is defined twice`);
}

/** A block, and all within it. */
export function* blocksOf(block: FileBlock): Generator<FileBlock> {
  yield block;
  for (const inner of block.blocks.values()) yield* blocksOf(inner);
}

/** The words by which the file calls options that it does not call by their names in snake_case. */
export function ownWords(file: FileBlock): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const { keys } of blocksOf(file)) {
    for (const { option, row } of keys.values()) {
      const [first] = spellingsOf(option, row);
      const word = first!.key.replace(/^.*[./]/, "");
      if (word !== toSnakeCase(option)) words.set(option, word);
    }
  }
  return words;
}
