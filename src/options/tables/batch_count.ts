import { assert } from "../../assert.ts";
import { optional } from "../block.ts";
import type { CheckedEndpointOptions } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { integer } from "../kinds.ts";
import type { Bounded, Kind, Option } from "../table.ts";

const SIGNALS = integer(1, 100_000);

/** As many as Prometheus sends at once. */
const BATCH_COUNT_DEFAULT = 2_000;
/** As many as vmagent sends at once; without compression and by usual labels some 2 MiB. */
const BATCH_COUNT_MAX_DEFAULT = 10_000;
assert(BATCH_COUNT_DEFAULT <= BATCH_COUNT_MAX_DEFAULT, "the defaults are upside down");

type Count = Option<Kind<number, number> & Bounded, "optional">;

/** How many signals a request has: rows of an endpoint's table. */
export const BATCH_COUNTS: { readonly batchCount: Count; readonly batchCountMax: Count } = {
  batchCount: optional(SIGNALS, {
    doc: "A request with so many signals leaves at once, if its shard has none under way.",
    file: [
      { key: "queue_config.max_samples_per_send", clamps: true },
      "queue_config.batch_count",
    ],
    defaultDoc: "2000, or `batchCountMax` where that is less",
    prometheusDefault: "2000",
  }),
  batchCountMax: optional(SIGNALS, {
    doc: "Signals a request at most: one that waits for its shard, which has another one under " +
      "way, grows up to this. Where the endpoint does not answer in time, it is sent in halves.",
    file: "queue_config.batch_count_max",
    defaultDoc: "`batchCount` where that is given, and else 10000",
  }),
};

type Given = Pick<CheckedEndpointOptions, keyof typeof BATCH_COUNTS>;

/** What is wrong between them. */
export function* batchCountContradictions(
  { batchCount, batchCountMax = Infinity }: Given,
): Generator<Broken> {
  if (batchCount === undefined || batchCount <= batchCountMax) return;
  yield ["batchCountMax", `got ${batchCountMax}, expected at least batchCount (${batchCount})`];
}

/**
 * Whoever gives the first one alone gets no larger requests: in Prometheus it is what a
 * request has at most, and a receiver may be the reason for it.
 */
export function resolveBatchCounts(
  { batchCount, batchCountMax = batchCount ?? BATCH_COUNT_MAX_DEFAULT }: Given,
): { readonly batchCount: number; readonly batchCountMax: number } {
  return {
    batchCount: batchCount ?? Math.min(BATCH_COUNT_DEFAULT, batchCountMax),
    batchCountMax,
  };
}
