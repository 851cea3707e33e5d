/** Faults in what is kept of what endpoints refuse; see `sabotage.ts`. */
import type { FileSystem } from "../../src/contracts.ts";
import { Requeue } from "../../src/pipeline/requeue.ts";
import type { MemoryFileSystem } from "../../src/testing/memory.ts";
import { changed } from "./changed_files.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const KEPT_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "settle what is refused before it is durable": {
    files: (files) =>
      changed(files, {
        writeAndSync: (path, parts) =>
          path.endsWith(".rejected.tmp")
            ? files.write(path, parts)
            : files.writeAndSync(path, parts),
        syncDirectory: (path) =>
          path.endsWith("/rejected") ? Promise.resolve() : files.syncDirectory(path),
      }),
  },
  "remove what is sent again before it is in the queue": { files: removedWhenRead },
  "forget what is to be sent again": {
    patch: () =>
      replaced(Requeue.prototype, "first", () => (requests) => {
        const signals = requests.reduce((sum, request) => sum + request.signals, 0);
        return Promise.resolve({ requests: requests.length, signals });
      }),
  },
};

/** A file in `rejected/` is gone for good as soon as somebody has its bytes. */
function removedWhenRead(files: MemoryFileSystem): FileSystem {
  return changed(files, {
    readWhole: async (path, bytesMax, room) => {
      const bytes = await files.readWhole(path, bytesMax, room);
      if (path.endsWith(".rejected")) {
        await files.remove(path);
        await files.syncDirectory(path.slice(0, path.lastIndexOf("/")));
      }
      return bytes;
    },
  });
}
