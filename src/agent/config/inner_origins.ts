import { formatPath } from "../../options.ts";
import { type Options, type Origin, originFor } from "./filled.ts";
import { type Path, pathKey } from "./path.ts";
import type { Tree } from "./tree.ts";

/** Where a part of a value was written, by its path within that. */
export type InnerOrigin = readonly [path: Path, origin: Origin];

/** The parts of a list or a map: each can be on a line of its own. */
export function originsIn(tree: Tree, key: string): InnerOrigin[] {
  if (tree.kind === "scalar") return [];
  const parts: Iterable<readonly [step: string | number, part: Tree]> = tree.kind === "list"
    ? tree.items.entries()
    : tree.entries;
  return Array.from(parts, ([step, part]): InnerOrigin[] => {
    const name = formatPath([step]);
    const origin = originFor(part, name.startsWith("[") ? key + name : `${key}.${name}`);
    const deeper = originsIn(part, origin.key).map(([path, at]): InnerOrigin => [
      [step, ...path],
      at,
    ]);
    return [[[step], origin], ...deeper];
  }).flat();
}

/** Keeps them, for a value at this path. Those that are known stay: one that is added to others is behind them. */
export function remember(inner: readonly InnerOrigin[], at: Path, { origins }: Options): void {
  for (const [path, origin] of inner) {
    const key = pathKey([...at, ...path]);
    if (!origins.has(key)) origins.set(key, origin);
  }
}
