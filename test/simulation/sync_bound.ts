/** What `interval` promises of a power cut: how old an acknowledgement is that it may take. */
import type { EndpointAccount } from "./endpoint_account.ts";
import type { Row } from "./model.ts";
import { SYNC_INTERVAL_MS } from "./random_options.ts";
import type { World } from "./world.ts";

/** After so long an fsync that failed is tried again. */
const RETRY_MS = 1000;
/** More files are never left to be synced, and at least two are synced side by side. */
const UNSYNCED_MAX = 256;

/** Whether a row that was acknowledged must survive the power now. */
export function mustBeSynced(world: World, account: EndpointAccount, row: Row): boolean {
  if (world.sync !== "interval") return false;
  return isWithinBound(world, account, row) || isLongThere(world, account, row);
}

/** On a disk that has been well all along: the interval, and one fsync. */
function isWithinBound({ time, disk }: World, account: EndpointAccount, { commit }: Row): boolean {
  const boundMs = SYNC_INTERVAL_MS + disk.fsyncMs;
  // In the moment in which it becomes well the last fsync may fail that was begun before.
  const hasBeenWell = commit.ackedMs > disk.wellSinceMs && commit.ackedMs >= account.presentMs;
  return account.present && hasBeenWell && time.monotonicMs() - commit.ackedMs > boundMs;
}

/** Files that the process found, or whose fsync failed, have their turn one after the other. */
function isLongThere({ time, disk }: World, account: EndpointAccount, { commit }: Row): boolean {
  const afterMs = SYNC_INTERVAL_MS + RETRY_MS + 100 + (UNSYNCED_MAX / 2) * disk.fsyncMs;
  const endMs = account.present ? time.monotonicMs() : account.removedMs;
  const beganMs = Math.max(
    disk.wellSinceMs,
    commit.ackedMs,
    account.present ? account.presentMs : 0,
  );
  return endMs - beganMs > afterMs;
}
