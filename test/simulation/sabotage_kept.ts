/** Faults in what is kept of what endpoints refuse; see `sabotage.ts`. */
import { changed } from "./changed_files.ts";
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
};
