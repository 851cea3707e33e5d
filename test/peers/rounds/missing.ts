import type { Arrivals } from "./arrivals.ts";
import type { RoundLoad } from "./load.ts";
import type { Senders } from "./senders.ts";

/** Samples that were acknowledged and have not arrived. */
export function countMissing(load: RoundLoad, senders: Senders, arrivals: Arrivals): number {
  let missing = 0;
  for (let block = 0; block < load.blocks; block++) {
    for (let step = 0; step < load.steps; step++) {
      if (senders.isAcked(block, step)) missing += arrivals.missingOf(block, step);
    }
  }
  return missing;
}
