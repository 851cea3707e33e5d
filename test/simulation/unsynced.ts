import { isOld, rowsIn, shouldBeSynced, SYNC_MS_MAX } from "./checks.ts";
import type { EndpointAccount } from "./endpoint_account.ts";
import type { Row } from "./model.ts";
import { ENDPOINTS } from "./random_options.ts";
import type { World } from "./world.ts";

/** The power goes: below the level `commit` it may take what was not synced. */
export function forgetUnsynced(world: World): void {
  if (world.sync === "commit") return;
  const left = world.host.memory.files.afterPowerCut();
  for (const endpoint of ENDPOINTS) {
    const account = world.model.account(endpoint);
    const stored = rowsIn(world, left, endpoint);
    const isKept = (row: Row): boolean =>
      shouldBeSynced(world) && isOld(world, row) && hadTimeToSync(world, account);
    const lost = [...account.outstanding].filter((row) => !stored.has(row) && !isKept(row));
    world.tally.unsyncedLost += lost.length;
    account.drop(lost);
  }
}

/** One that is just there has yet to sync what it found; one that was removed had the disk as it was then. */
function hadTimeToSync({ time, disk }: World, account: EndpointAccount): boolean {
  return account.present
    ? account.presentMs <= time.monotonicMs() - SYNC_MS_MAX
    : disk.wellSinceMs <= account.removedMs - SYNC_MS_MAX;
}

/**
 * The process ends: files whose fsync has failed and that were not written anew yet
 * are lost at a power cut. The next process cannot know of them.
 */
export function forgetLost(world: World): void {
  if (world.sync === "commit") return;
  const { files } = world.host.memory;
  for (const endpoint of ENDPOINTS) {
    const paths = files.paths().filter((path) => path.startsWith(world.walOf(endpoint)));
    for (const path of paths) {
      if (!files.isLost(path)) continue;
      const account = world.model.account(endpoint);
      const rows = world.reader.ofFile(files.peek(path)!) ?? [];
      account.drop(rows.filter((row) => account.outstanding.has(row)));
    }
  }
}
