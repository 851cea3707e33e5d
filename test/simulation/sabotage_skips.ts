/** Faults in how a backlog is skipped; see `sabotage.ts`. */
import { FileQueue } from "../../src/filequeue/filequeue.ts";
import { PendingDeletes } from "../../src/filequeue/pending_deletes.ts";
import { Skipping } from "../../src/filequeue/skipping.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const SKIP_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "count what is skipped, and leave its files": {
    patch: () => {
      let skips = 0;
      const unskip = replaced(
        Skipping.prototype,
        "run",
        (run) =>
          async function (this: Skipping, rule) {
            skips++;
            try {
              return await run.call(this, rule);
            } finally {
              skips--;
            }
          },
      );
      const remove = replaced(
        PendingDeletes.prototype,
        "remove",
        (remove) =>
          function (this: PendingDeletes, id) {
            return skips > 0 ? Promise.resolve(true) : remove.call(this, id);
          },
      );
      return () => {
        unskip();
        remove();
      };
    },
  },
  "skip also what is not older": {
    patch: () =>
      replaced(FileQueue.prototype, "skip", (skip) =>
        function (this: FileQueue, rule) {
          return skip.call(this, {
            ...rule,
            beforeMs: rule.beforeMs + 600_000,
            isOlder: () => true,
          });
        }),
  },
};
