// Node, Deno and Bun all have node:fs.
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";

/**
 * Who owns a path that this process may not use, or the nearest directory above it
 * that can be seen, and which user this process runs as: "permission denied" leaves
 * that out. Undefined where the host does not tell.
 */
export async function tellOwner(
  path: string,
  ownUid: number | undefined = process.getuid?.(),
): Promise<string | undefined> {
  if (ownUid === undefined) return undefined;
  for (let at = path;; at = dirname(at)) {
    try {
      const { uid, mode } = await stat(at);
      const permissions = (mode & 0o7777).toString(8).padStart(3, "0");
      const [owner, own] = await userNames(uid, ownUid);
      return `"${at}" belongs to ${owner}, with mode ${permissions}, and this process runs as ${own}`;
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

/** `root (uid 0)`, or `uid 0` where no name is known. */
async function userNames(...uids: readonly number[]): Promise<string[]> {
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  return uids.map((uid) => {
    const [, name] = new RegExp(`^([^:\n]*):[^:\n]*:${uid}:`, "m").exec(users) ?? [];
    return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`;
  });
}
