/** What endpoints have refused and the queue has counted as lost. */
import type { World } from "./world.ts";

/** So many may be missing from now on. */
export function countLosses({ model, host, lossesSeen }: World): void {
  for (const { name, rejectedLostTotal } of host.queue?.stats().endpoints ?? []) {
    const lost = Object.values(rejectedLostTotal).reduce((sum, count) => sum + count, 0);
    const before = lossesSeen.get(name) ?? 0;
    lossesSeen.set(name, lost);
    // Its counters begin anew where it was opened anew.
    const more = lost < before ? lost : lost - before;
    for (const account of model.accounts.values()) {
      if (account.directories.some((one) => one.name === name)) account.mayMiss += more;
    }
  }
}
