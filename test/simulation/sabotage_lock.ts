/** Faults of the lock, and of names that are somebody else's. */
import type { FileSystem } from "../../src/contracts.ts";
import type { MemoryFileSystem } from "../../src/testing/memory.ts";
import { changed } from "./changed_files.ts";
import type { Sabotage } from "./sabotage.ts";

export const LOCK_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "ignore the owner whose lock was removed": { files: withoutOwners },
  "overwrite an id that is in use": {
    files: (files) =>
      changed(files, {
        link: async (from, to) => {
          if (to.endsWith(".committed")) files.removeFile(to);
          await files.link(from, to);
        },
      }),
  },
};

/** Liveness sockets and the like are not seen. */
function withoutOwners(files: MemoryFileSystem): FileSystem {
  return changed(files, {
    visit: (path, take) =>
      files.visit(path, (entry) => {
        if (!/^walq\..*\.(?:door|owner)$/.test(entry.name)) take(entry);
      }),
  });
}
