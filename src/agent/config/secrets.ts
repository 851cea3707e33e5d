import type { ReadBlock } from "./block.ts";
import type { Problems } from "./problems.ts";

/** In place of a secret that cannot be had, which is told already: nothing starts with it. */
const STAND_IN = "unread";

/**
 * Takes the secret from the block: given in place as `option`, or in the file that
 * `option + "File"` names, whose path starts at the directory of the configuration, as
 * in Prometheus. The queue reads the file, now and whenever it may have changed.
 */
export function takeSecret(
  block: ReadBlock,
  option: string,
  directory: string,
  problems: Problems,
): { readonly value?: unknown; readonly path?: string } {
  const origin = block.origins.get(`${option}File`);
  if (origin === undefined) return { value: block.options[option] };
  const inPlace = block.origins.get(option);
  if (inPlace !== undefined) {
    problems.add(
      origin.place,
      `${origin.key}: given together with ${inPlace.key} (${inPlace.place})`,
    );
    return { value: STAND_IN };
  }
  const path = block.options[`${option}File`];
  if (typeof path === "string" && path !== "") return { path: resolvePath(directory, path) };
  problems.add(origin.place, `${origin.key}: expected the path of a file`);
  return { value: STAND_IN };
}

/** The directory part of a path. */
export function directoryOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  return end === 0 ? path.slice(0, 1) : path.slice(0, end);
}

function resolvePath(directory: string, path: string): string {
  return /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${directory}/${path}`;
}
