import { rowsIn } from "./checks.ts";
import { ENDPOINTS } from "./random_options.ts";
import { mustBeSynced } from "./sync_bound.ts";
import type { World } from "./world.ts";

/** The power goes: below the level `commit` it may take what was not synced. */
export function forgetUnsynced(world: World): void {
  if (world.sync === "commit") return;
  const left = world.host.memory.files.afterPowerCut();
  for (const endpoint of ENDPOINTS) {
    const account = world.model.account(endpoint);
    const stored = rowsIn(world, left, endpoint);
    const lost = [...account.outstanding].filter((row) =>
      !stored.has(row) && !mustBeSynced(world, account, row)
    );
    world.tally.unsyncedLost += lost.length;
    account.drop(lost);
    // What was refused and not kept yet is in no other place.
    account.forgive([...account.refused].filter((row) => !stored.has(row)));
  }
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
