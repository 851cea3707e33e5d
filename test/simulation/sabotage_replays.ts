/** Faults in how what was delivered is sent again; see `sabotage.ts`. */
import { DeliveredBatches } from "../../src/filequeue/delivered_batches.ts";
import { DeliveredDirectory } from "../../src/filequeue/delivered_directory.ts";
import { FileQueue } from "../../src/filequeue/filequeue.ts";
import { replaced } from "./replaced.ts";
import type { Sabotage } from "./sabotage.ts";

export const REPLAY_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "replay the newest first": {
    patch: () =>
      replaced(
        DeliveredDirectory.prototype,
        "oldest",
        (oldest) =>
          async function (this: DeliveredDirectory, after, max) {
            return (await oldest.call(this, after, max)).reverse();
          },
      ),
  },
  "pass over the oldest of what is to be replayed": {
    patch: () =>
      replaced(
        DeliveredBatches.prototype,
        "walk",
        (walk) =>
          async function* (this: DeliveredBatches, window) {
            let isFirst = true;
            for await (const one of walk.call(this, window)) {
              if (!isFirst || one.batch === undefined) yield one;
              else isFirst = false;
            }
          },
      ),
  },
  "keep what is replayed once more": {
    patch: () => replaced(DeliveredBatches.prototype, "leased", () => () => {}),
  },
  "say that what is replayed is in the queue, and leave it out": {
    patch: () =>
      replaced(FileQueue.prototype, "append", (append) =>
        function (this: FileQueue, storable) {
          return storable.again === "batch" ? Promise.resolve(1) : append.call(this, storable);
        }),
  },
};
