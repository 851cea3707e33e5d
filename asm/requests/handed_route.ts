/** Moves the rows of a batch that was handed over into the open requests of the shards. */
import { handedCount, setOfRow, timeOfRow, valueOfRow } from "./handed_rows";
import { writeHanded } from "./handed_write";
import { isFull, shardAt, shardCount, shardOfNumber } from "./shards";

/** The number of the next row to be moved. */
let cursor: usize = 0;

export function rewindHanded(): void {
  cursor = 0;
}

/** How many rows the last call has passed over because of their age. */
export let handedExpired: u32 = 0;

/** Moves rows until a shard is full, which is returned. Returns -1 after the last row. */
export function routeHanded(cutoffMs: i64): i32 {
  handedExpired = 0;
  for (; cursor < handedCount; cursor++) {
    const timestampMs = timeOfRow(cursor);
    if (timestampMs < cutoffMs) {
      handedExpired++;
      continue;
    }
    const set = setOfRow(cursor);
    const index = shardCount == 1 ? 0 : shardOfNumber(set.number);
    const shard = shardAt(index);
    // The row stays where it is until there is room.
    if (isFull(shard)) return <i32> index;
    writeHanded(shard, set, timestampMs, valueOfRow(cursor));
    shard.samples++;
    shard.oldestMs = min(shard.oldestMs, timestampMs);
    shard.newestMs = max(shard.newestMs, timestampMs);
    if (isFull(shard)) {
      cursor++;
      return <i32> index;
    }
  }
  return -1;
}
