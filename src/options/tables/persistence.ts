import { block, defaulted } from "../block.ts";
import type { CheckedPersistenceOptions } from "../checked.ts";
import { choice, duration, integer } from "../kinds.ts";
import type { Block } from "../table.ts";
import type { PersistenceOptions } from "../types.ts";

/** What a file holds, and when it is safe. */
export const PERSISTENCE: Block<PersistenceOptions, CheckedPersistenceOptions> = block(
  "PersistenceOptions",
  "How signals become files.",
  {
    format: defaulted(
      choice("BatchFormat", ["walq.metrics.v1", "alloy.metrics.queue.v1"]),
      "walq.metrics.v1",
      {
        doc: "walq's own format, or that of Alloy, which cannot hold exemplars, histograms with " +
          "custom buckets and start timestamps. Files of both are read, whatever is set.",
      },
    ),
    maxSignalsToBatch: defaulted(integer(1, 1_000_000), 10_000, {
      doc: "Signals a file holds at most, a commit that is larger aside: one is never split.",
    }),
    batchInterval: defaulted(duration("10ms", "1h"), "5s", {
      doc: "How long signals of commits that are not durable wait for a file.",
    }),
    groupCommitInterval: defaulted(duration("0", "10s"), "20ms", {
      doc: "How long a durable commit waits for others to share its flush; 0 is not at all: one " +
        "fsync a commit.",
    }),
    sync: defaulted(choice("SyncLevel", ["commit", "interval", "none"]), "commit", {
      doc: "When a commit counts as durable. `commit`: when it would survive a power cut. " +
        "`interval`: when it would survive the process; a power cut loses at most what came in " +
        "the last `syncInterval`. `none`: the same, and a power cut loses what the system has " +
        "not written by itself (half a minute on Linux by default).",
    }),
    syncInterval: defaulted(duration("10ms", "1h"), "1s", {
      doc: 'How long after a write its fsync comes, with `sync: "interval"`.',
    }),
  },
);
