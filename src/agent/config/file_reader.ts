import * as v from "valibot";
import { spellingsOf } from "../../options/block.ts";
import type { AnyBlock, AnyKind } from "../../options/table.ts";
import type { FileBlock, FileKey } from "./file_block.ts";
import {
  type Around,
  type Filled,
  filledBy,
  give,
  nowhere,
  type Options,
  type Origin,
  originFor,
} from "./filled.ts";
import { type InnerOrigin, originsIn, remember } from "./inner_origins.ts";
import { type Path, pathKey, resolvePath } from "./path.ts";
import { type Entry, type ReadDependencies, readValue } from "./read_value.ts";
import type { Tree } from "./tree.ts";
import { isNothing, nameOfTree } from "./values.ts";
import { hasKnownWords, hintOf } from "./known_words.ts";

/** The value of an option that stands outside of its blocks. */
interface ForEach {
  readonly value: unknown;
  readonly origin: Origin;
  /** Of what is in it. */
  readonly inner: readonly InnerOrigin[];
  /** A block that gives the option too has both. */
  readonly adds: boolean;
}

/**
 * Reads the file by its blocks into the options that its keys are. Keys that are
 * unknown, unsupported or given twice go to `problems`; what the values are worth is
 * left to the checks of the options.
 */
export class FileReader {
  readonly #dependencies: ReadDependencies;
  /** Options that stand outside of their blocks, for each of those. */
  readonly #forEach: Map<AnyBlock, Map<string, ForEach>> = new Map();
  /** Every block of options that was in the file, in order. */
  readonly #filled: { readonly table: AnyBlock; readonly filled: Filled }[] = [];

  constructor(dependencies: ReadDependencies) {
    this.#dependencies = dependencies;
  }

  /** Reads the file from its top, for the tables that have one block each. */
  read(tree: Tree, file: FileBlock, at: Origin, tables: ReadonlyMap<AnyBlock, Options>): void {
    const around = new Map(
      Array.from(tables, ([table, options]) => {
        return [table, filledBy({ path: [], of: options, at, isVoid: false }, options.values)];
      }),
    );
    for (const [table, filled] of around) this.#filled.push({ table, filled });
    this.#readBlock(tree, file, at, around);
    for (const { table, filled } of this.#filled) this.#finish(table, filled);
  }

  /** The blocks of a table that were in the file, in order. */
  filledOf(table: AnyBlock): readonly Filled[] {
    return this.#filled.filter((one) => one.table === table).map(({ filled }) => filled);
  }

  #readBlock(tree: Tree, block: FileBlock, at: Origin, around: Around): void {
    const { problems } = this.#dependencies;
    const entries = entriesOf(tree);
    if (entries === undefined) {
      const name = at.key || "the file";
      problems.add(tree.place, `${name}: got ${nameOfTree(tree)}, expected a map`);
      return;
    }
    const keyOf = (name: string): string => at.key === "" ? name : `${at.key}.${name}`;
    const here = { place: tree.place, key: at.key };
    const contradicting = this.#contradicting(entries, block, here);
    const aroundOf = (name: string): Around => contradicting.has(name) ? nowhere(around) : around;
    for (const [name, value] of entries) {
      if (block.blocks.has(name)) continue;
      this.#readKey({ name, key: keyOf(name), value }, block, here, aroundOf(name));
    }
    for (const [name, inner] of block.blocks) {
      const value = entries.get(name);
      const origin = { place: value?.place ?? at.place, key: keyOf(name) };
      this.#readInner(value, inner, origin, aroundOf(name));
    }
  }

  #readInner(given: Tree | undefined, block: FileBlock, at: Origin, around: Around): void {
    const value = given && wholeBlock(given, block);
    if (block.is?.shape === "blocks") this.#readList(value, block, at, around);
    else if (block.is?.shape === "named blocks") this.#readNamed(value, block, at, around);
    // As in Prometheus: `sigv4: {}` is a block with nothing in it, and `sigv4:` is none.
    else if (value === undefined || isNothing(value)) return;
    else if (block.is === undefined) {
      this.#readBlock(value, block, at, around);
      this.#fill(block, at, around);
    } else {
      const { option, owner, block: table } = block.is;
      const outer = around.get(owner)!;
      const filled = this.#begin(table, [option], outer, at);
      // What is no block has no options, and is reported.
      if (entriesOf(value) !== undefined) outer.values[option] = filled.values;
      const within = new Map(around).set(table, filled);
      this.#readBlock(value, block, at, within);
      this.#fill(block, at, within);
    }
  }

  #readList(list: Tree | undefined, block: FileBlock, at: Origin, around: Around): void {
    const { problems } = this.#dependencies;
    const { option, row, owner, block: table } = block.is!;
    const outer = around.get(owner)!;
    if (list === undefined && row.presence !== "required") return;
    const path = [...outer.path, option];
    const items: Record<string, unknown>[] = [];
    outer.values[option] = items;
    outer.of.origins.set(pathKey(path), at);
    if (list === undefined || (list.kind === "scalar" && list.value === null)) return;
    if (list.kind !== "list") {
      problems.add(list.place, `${at.key}: got ${nameOfTree(list)}, expected a list`);
      return;
    }
    for (const [index, item] of list.items.entries()) {
      const origin = { place: item.place, key: `${at.key}[${index}]` };
      if (item.kind !== "map") {
        const got = nameOfTree(item);
        problems.add(origin.place, `${origin.key}: got ${got}, expected a map`);
        // It is left out: how many there are is not known any more.
        outer.of.told.add(pathKey(path));
        continue;
      }
      const filled = this.#begin(table, [option, items.length], outer, origin);
      items.push(filled.values);
      this.#readBlock(item, block, origin, new Map(around).set(table, filled));
    }
  }

  /** Of a name that nobody knows as one only its place is told: it can be a secret. */
  #readNamed(map: Tree | undefined, block: FileBlock, at: Origin, around: Around): void {
    if (map === undefined) return;
    const { option, owner, block: table } = block.is!;
    const outer = around.get(owner)!;
    const entries = entriesOf(map);
    if (entries === undefined) {
      const message = `${at.key}: got ${nameOfTree(map)}, expected a map`;
      this.#dependencies.problems.add(map.place, message);
      return;
    }
    const named: Record<string, unknown> = {};
    outer.values[option] = named;
    outer.of.origins.set(pathKey([...outer.path, option]), at);
    for (const [index, [name, value]] of [...entries].entries()) {
      const shown = /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name) ? `.${name}` : `[${index}]`;
      const origin = { place: value.place, key: `${at.key}${shown}` };
      // As in Prometheus, to which a header without values is none.
      if (!mayBeEmpty(block) && hasNothing(value)) {
        const message = "has no value, and nothing is sent for it";
        // A list that is empty may be what was left of one.
        if (!isNothing(value) && entriesOf(value)!.size > 0) {
          this.#dependencies.problems.remark({ level: "warn", ...origin, message });
        }
        continue;
      }
      const filled = this.#begin(table, [option, name], outer, origin);
      // Not by assignment, to which "__proto__" is no ordinary key.
      Object.defineProperty(named, name, { value: filled.values, enumerable: true });
      this.#readBlock(value, block, origin, new Map(around).set(table, filled));
    }
  }

  #begin(table: AnyBlock, steps: Path, outer: Filled, at: Origin): Filled {
    const { of, isVoid } = outer;
    const path = [...outer.path, ...steps];
    const filled = filledBy({ path, of, at, isVoid }, {});
    of.origins.set(pathKey(path), at);
    if (!isVoid) this.#filled.push({ table, filled });
    return filled;
  }

  /** What a block gets, and what is to be said of it, when all of the file is read. */
  #finish(table: AnyBlock, filled: Filled): void {
    const { path, given, values, of } = filled;
    for (const [option, { value, origin, inner, adds }] of this.#forEach.get(table) ?? []) {
      if (given.has(option)) {
        // What is given here is the last word on what both say.
        if (adds) {
          values[option] = together(value, values[option]);
          remember(inner, [...path, option], of);
        }
        continue;
      }
      values[option] = value;
      of.origins.set(pathKey([...path, option]), origin);
      remember(inner, [...path, option], of);
    }
    for (const [option, { kind, insteadOf, fileDefault }] of Object.entries(table.rows)) {
      if (fileDefault !== undefined && !given.has(option)) values[option] = fileDefault;
      if (insteadOf !== undefined && given.has(option) && given.has(insteadOf)) {
        this.#refuseBoth(filled, option, insteadOf);
      } else if (kind.written === "path" && Object.hasOwn(values, option)) {
        this.#resolvePath(filled, option);
      } else if (kind.written === "paths") this.#resolvePaths(values, option);
    }
  }

  #refuseBoth({ path, values, given, of }: Filled, option: string, insteadOf: string): void {
    const origin = given.get(option)!;
    const other = given.get(insteadOf)!;
    const message = `${origin.key}: given together with ${other.key} (${other.place})`;
    this.#dependencies.problems.add(origin.place, message);
    delete values[option];
    of.told.add(pathKey([...path, insteadOf]));
  }

  #resolvePath({ path, values, of }: Filled, option: string): void {
    const named = values[option];
    if (typeof named === "string" && named !== "") {
      values[option] = resolvePath(this.#dependencies.directory, named);
      return;
    }
    const at = pathKey([...path, option]);
    const { place, key } = of.origins.get(at)!;
    this.#dependencies.problems.add(place, `${key}: expected the path of a file`);
    of.told.add(at);
    // It stands for the secret, which would be missing otherwise: nothing starts with it.
    values[option] = "unread";
  }

  /** What is no list of paths is left to its check. */
  #resolvePaths(values: Record<string, unknown>, option: string): void {
    const named = values[option];
    if (!Array.isArray(named)) return;
    values[option] = named.map((path) => {
      const isPath = typeof path === "string" && path !== "";
      return isPath ? resolvePath(this.#dependencies.directory, path) : path;
    });
  }

  /** The keys that say one thing in more ways than one; they are read, and nothing comes of them. */
  #contradicting(
    entries: ReadonlyMap<string, Tree>,
    { prometheus: { atMostOne = [] } }: FileBlock,
    { place, key }: Origin,
  ): ReadonlySet<string> {
    const isThere = (name: string): boolean => {
      const value = entries.get(name);
      return value !== undefined && !isNothing(value) &&
        !(value.kind === "scalar" && value.text === "");
    };
    const given = atMostOne.filter((keys) => keys.some(isThere));
    if (given.length < 2) return new Set();
    const names = given.map(([name]) => name).join(" and ");
    this.#dependencies.problems.add(place, `${key}: has ${names}, expected at most one of them`);
    return new Set(given.flat());
  }

  /** Gives what a block lacks that Prometheus takes to be empty. */
  #fill(block: FileBlock, { place, key }: Origin, around: Around): void {
    const { fills } = block.prometheus;
    if (fills === undefined) return;
    const { option, owner } = block.keys.get(fills)!;
    const filled = around.get(owner)!;
    const given = Object.entries(owner.rows).some(([name, { insteadOf }]) =>
      (name === option || insteadOf === option) && filled.given.has(name)
    );
    if (!given) give(filled, option, "", { place, key: `${key}.${fills}` });
  }

  #readKey(entry: Entry, block: FileBlock, parent: Origin, around: Around): void {
    const { name, key, value } = entry;
    const { problems } = this.#dependencies;
    const { accepted = {}, unsupported = {} } = block.prometheus;
    if (Object.hasOwn(unsupported, name)) {
      problems.add(value.place, `${key}: not supported: ${unsupported[name]}`);
      return;
    }
    if (Object.hasOwn(accepted, name)) {
      for (const { is, place, key: inner, message, unknown } of accepted[name]!.judge(value)) {
        const within = `${key}${inner}`;
        if (unknown !== undefined) {
          problems.add(place, `${shownUnknown(unknown, within)}, ${message}`);
        } else if (is === "refused") problems.add(place, `${within}: ${message}`);
        else problems.remark({ level: is, place, key: `${key}${inner}`, message });
      }
      return;
    }
    const known = block.keys.get(name);
    if (known === undefined) problems.add(value.place, unknownKey(entry, block, parent));
    else this.#readOption(entry, known, around);
  }

  #readOption(entry: Entry, known: FileKey, around: Around): void {
    const { option, owner } = known;
    if (isNotGiven(entry.value, known)) return;
    const { key, value: { place } } = entry;
    const filled = around.get(owner);
    const forEach = this.#forEach.get(owner) ?? new Map<string, ForEach>();
    const other = filled === undefined ? forEach.get(option)?.origin : filled.given.get(option);
    if (other !== undefined) {
      const same = `the same as ${other.key} (${other.place}), expected one of them`;
      this.#dependencies.problems.add(place, `${key}: ${same}`);
      return;
    }
    const origin = originFor(entry.value, key);
    const value = readValue(entry, known, this.#dependencies);
    const inner = originsIn(entry.value, key);
    if (filled !== undefined) {
      give(filled, option, value, origin);
      remember(inner, [...filled.path, option], filled.of);
    } else {
      const adds = known.adds === true;
      this.#forEach.set(owner, forEach.set(option, { value, origin, inner, adds }));
    }
  }
}

/** Of some blocks a text alone is one of their options: `store: nats://host/stream`. */
function wholeBlock(given: Tree, { is }: FileBlock): Tree {
  const option = is?.row.kind.textIs;
  if (option === undefined || given.kind !== "scalar" || isNothing(given)) return given;
  const [spelling] = spellingsOf(option, is!.block.rows[option]!);
  return { kind: "map", place: given.place, entries: new Map([[spelling!.key, given]]) };
}

function mayBeEmpty({ is }: FileBlock): boolean {
  return is !== undefined && v.safeParse(is.block.check, {}).success;
}

/**
 * As in Prometheus, nothing behind a key and an empty text are no value: rendered templates
 * have both. A template of a rule can be empty.
 */
function isNotGiven(value: Tree, { row: { kind, presence, ...row } }: FileKey): boolean {
  if (kind.written === "template") return false;
  if (isNothing(value)) return presence !== "required" && !isAnchorForSecret(value, kind);
  const isText = kind.written === "text" || kind.written === "path";
  const mayLack = (presence === "optional" && !row.emptyIsGiven) || row.emptyIsDefault === true;
  return isText && mayLack && value.kind === "scalar" && value.text === "";
}

/** A map of lists in which there is nothing at all. */
function hasNothing(value: Tree): boolean {
  const inner = entriesOf(value);
  return inner !== undefined &&
    [...inner.values()].every((one) =>
      isNothing(one) || (one.kind === "list" && one.items.length === 0)
    );
}

/** A secret that begins with "&" and has no quotes is an anchor, and would be lost without a word. */
function isAnchorForSecret(value: Tree, { secret }: AnyKind): boolean {
  return secret === true && value.kind === "scalar" && value.isAnchor === true;
}

/** Both maps; what is no map is left to the check, which refuses it. */
function together(all: unknown, own: unknown): unknown {
  const areMaps = [all, own].every((one) => typeof one === "object" && one !== null);
  return areMaps ? { ...all as object, ...own as object } : own ?? all;
}

/** The keys of a block; `queue_config:` with nothing after it is an empty one, as in Prometheus. */
function entriesOf(tree: Tree): ReadonlyMap<string, Tree> | undefined {
  if (tree.kind === "map") return tree.entries;
  return tree.kind === "scalar" && tree.value === null ? new Map() : undefined;
}

/** Shows only known words of what stands where a key is expected: it can be a secret. */
function unknownKey(entry: Entry, block: FileBlock, parent: Origin): string {
  const { accepted = {} } = block.prometheus;
  const [keys, blocks] = [[...block.keys.keys()], [...block.blocks.keys()]];
  // The file itself is made of blocks, first of all.
  const own = block.path === "" ? [...blocks, ...keys] : [...keys, ...blocks];
  const known = [...own, ...Object.keys(accepted)];
  return `${shownUnknown(entry, parent.key)}, expected one of ${known.join(", ")}`;
}

function shownUnknown({ name, value }: Pick<Entry, "name" | "value">, within: string): string {
  return hasKnownWords(name)
    ? `${within === "" ? "" : `${within}.`}${name}: unknown key`
    : `${within || "the file"}: unknown key${columnOf(value)}${hintOf(name)}`;
}

/** Where in its line a key is; `--set` has no lines. */
function columnOf(value: Tree): string {
  return value.column === undefined ? "" : ` at column ${value.column}`;
}
