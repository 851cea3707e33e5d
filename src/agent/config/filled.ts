import type { AnyBlock } from "../../options/table.ts";
import type { Tree, TreeScalar } from "./tree.ts";
import { type Path, pathKey } from "./path.ts";
import { hasManyDigits } from "./without_values.ts";

/** Where in the file an option came from. */
export interface Origin {
  readonly place: string;
  /** The key as the file has it: `remote_write[0].queue_config.max_shards`. */
  readonly key: string;
  /** What is written there, if that has references to the environment: those are shown, and never their values. */
  readonly written?: TreeScalar;
  /** A number that has more digits than a number of JavaScript. */
  readonly digits?: TreeScalar;
}

/** Where a value was written. */
export function originFor(tree: Tree, key: string): Origin {
  const { place } = tree;
  const hasReference = tree.kind === "scalar" && tree.reference !== undefined;
  if (hasReference) return { place, key, written: tree };
  return tree.kind === "scalar" && hasManyDigits(tree)
    ? { place, key, digits: tree }
    : { place, key };
}

/** Options that are being read, not checked yet, and where each came from. */
export interface Options {
  readonly values: Record<string, unknown>;
  /** By their paths (`pathKey`). */
  readonly origins: Map<string, Origin>;
  /** The paths of options with which something is wrong that is told already. */
  readonly told: Set<string>;
}

/** Options without anything in them. */
export function noOptions(): Options {
  return { values: {}, origins: new Map(), told: new Set() };
}

/** A block of options that is being filled: one table may have many, such as endpoints. */
export interface Filled {
  readonly path: Path;
  readonly values: Record<string, unknown>;
  /** What was given for this one. */
  readonly given: Map<string, Origin>;
  readonly of: Options;
  readonly at: Origin;
  /** It says what something else says too, which is told: nothing comes of it. */
  readonly isVoid: boolean;
}

/** The blocks of options that a place in the file is in, by their tables. */
export type Around = ReadonlyMap<AnyBlock, Filled>;

/** A block of which nothing is given yet. */
export function filledBy(
  of: Pick<Filled, "path" | "of" | "at" | "isVoid">,
  values: Record<string, unknown>,
): Filled {
  return { ...of, values, given: new Map() };
}

/** The same blocks, of which nothing is seen. */
export function nowhere(around: Around): Around {
  return new Map(
    Array.from(around, ([table, { path, at }]) => {
      return [table, filledBy({ path, at, of: noOptions(), isVoid: true }, {})];
    }),
  );
}

/** Gives an option its value, in this block. */
export function give(
  { path, values, given, of }: Filled,
  option: string,
  value: unknown,
  origin: Origin,
): void {
  values[option] = value;
  given.set(option, origin);
  of.origins.set(pathKey([...path, option]), origin);
}
