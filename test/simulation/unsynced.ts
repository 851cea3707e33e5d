import { rowsIn } from "./checks.ts";
import { ENDPOINTS } from "./random_options.ts";
import type { World } from "./world.ts";

/** The power goes: below the level `commit` it may take what was not synced. */
export function forgetUnsynced(world: World): void {
  if (world.sync === "commit") return;
  const left = world.host.memory.files.afterPowerCut();
  for (const endpoint of ENDPOINTS) {
    const account = world.model.account(endpoint);
    const stored = rowsIn(world, left, endpoint);
    const lost = [...account.outstanding].filter((row) => !stored.has(row));
    world.tally.unsyncedLost += lost.length;
    account.drop(lost);
  }
}
