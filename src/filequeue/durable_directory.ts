import type { FileSystem } from "../contracts.ts";
import { FileSystemError } from "../errors.ts";

/**
 * Makes a directory that is still there after a power cut: a file in it is only
 * as durable as the names of all directories above it.
 */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  await files.makeDirectory(path);
  for (const directory of withAncestors(path)) {
    try {
      await files.syncDirectory(directory);
    } catch (error) {
      // A directory that we may pass through and not read is not one that we made.
      if (error instanceof FileSystemError && error.code === "not_permitted") return;
      throw error;
    }
  }
}

/** `/a/b` -> `/a/b`, `/a`, `/`; `a/b` -> `a/b`, `a`, `.`. */
export function withAncestors(path: string): string[] {
  const all: string[] = [];
  let rest = path.replace(/(?<=.)\/+$/, "");
  while (rest !== "/" && rest !== "." && rest !== "") {
    all.push(rest);
    const slash = rest.lastIndexOf("/");
    if (slash < 0) rest = ".";
    else rest = slash === 0 ? "/" : rest.slice(0, slash).replace(/(?<=.)\/+$/, "");
  }
  return [...all, rest === "" ? "." : rest];
}
