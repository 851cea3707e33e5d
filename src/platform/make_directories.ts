import * as fs from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a directory with its parents, one by one: Node's own `recursive` never ends
 * where the parent is there and the system says that it is not (`/proc/nope`, or a
 * working directory that was deleted).
 */
export async function makeDirectories(path: string): Promise<void> {
  const missing: string[] = [];
  let at = path;
  while (!await makeOne(at)) {
    missing.push(at);
    at = dirname(at);
  }
  for (const next of missing.reverse()) {
    // Its parent is there now: what is still not found never will be.
    await makeOne(next, true);
  }
}

/** False when there is no parent to make it in, unless it `must` be there. */
async function makeOne(path: string, must: boolean = false): Promise<boolean> {
  try {
    await fs.mkdir(path);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT") {
      if (must || isTop(dirname(path))) throw error;
      return false;
    }
    // Not only EEXIST: a file system may have other reasons to refuse the name of one that is there.
    if (await isDirectory(path)) return true;
    throw error;
  }
}

/** `/` and `.`: there is nothing above in which they could be made. */
function isTop(path: string): boolean {
  return dirname(path) === path;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch {
    return false;
  }
}
