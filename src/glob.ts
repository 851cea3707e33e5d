/** Paths with patterns in them, by the rules of Go's `filepath.Glob`, which Prometheus uses. */
import type { FileSystem } from "./contracts.ts";
import { FileSystemError } from "./errors.ts";

const META = /[*?[\\]/;

/** Names more than one path, perhaps. */
export function isPattern(path: string): boolean {
  return META.test(path);
}

/**
 * The paths that are there and match, in order. A directory that cannot be read has
 * nothing in it. `*` and `?` match no slash, `[a-z]` one character of those.
 *
 * @throws {RangeError} for a bracket that is not closed.
 */
export async function glob(files: Pick<FileSystem, "visit">, pattern: string): Promise<string[]> {
  const end = pattern.lastIndexOf("/");
  const name = matcherOf(pattern.slice(end + 1));
  const parent = pattern.slice(0, Math.max(end, 0));
  const parents = isPattern(parent) ? await glob(files, parent) : [parent];
  const found: string[] = [];
  for (const directory of parents) {
    const before = end < 0 ? "" : `${directory}/`;
    const names = await namesIn(files, end < 0 ? "." : before);
    found.push(...names.filter((one) => name.test(one)).sort().map((one) => before + one));
  }
  return found;
}

async function namesIn(
  files: Pick<FileSystem, "visit">,
  directory: string,
): Promise<string[]> {
  const names: string[] = [];
  const path = directory.length > 1 ? directory.replace(/\/+$/, "") || "/" : directory;
  try {
    await files.visit(path, ({ name }) => names.push(name));
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
  }
  return names;
}

/** A regular expression for one part of a path. */
function matcherOf(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "\\") source += escaped(pattern[++at] ?? "\\");
    else if (character === "[") {
      const [whole, not, members] = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(at)) ?? [];
      if (whole === undefined) throw new RangeError(`a bracket is not closed in "${pattern}"`);
      source += `[${not}${members!.replace(/\\?([[\]^&~|])/g, "\\$1")}]`;
      at += whole.length - 1;
    } else source += escaped(character);
  }
  return new RegExp(`^${source}$`, "su");
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
