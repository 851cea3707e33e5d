/** The rows that were written last to a shard's request, where those of handed sets follow each other. */
import { handedEpoch, HandedSet } from "./handed_sets";

/** How many rows a label is looked for in; a power of two. */
export const TRAIL_ROWS: u32 = 32;

/** A row of a request. */
@unmanaged
export class TrailRow {
  set: usize;
  /** Where its labels begin in the request. */
  labelsAt: usize;
  timestampMs: i64;
  value: u64;
}

const ROW_BYTES: usize = offsetof<TrailRow>();

/** What a shard has of them. */
@unmanaged
export class Trail {
  /** How many rows there were, and the epoch of handed_sets.ts that they are of. */
  count: u32;
  epoch: u32;

  /** The row that was written so many rows ago: 1 is the last one. */
  @inline
  row(back: u32): TrailRow {
    return changetype<TrailRow>(
      changetype<usize>(this) + offsetof<Trail>() +
        <usize> ((this.count - back) & (TRAIL_ROWS - 1)) * ROW_BYTES,
    );
  }

  /** How many rows it has. */
  @inline
  get length(): u32 {
    return min(this.count, TRAIL_ROWS);
  }
}

export function createTrail(): usize {
  const trail = changetype<Trail>(
    heap.alloc(offsetof<Trail>() + <usize> TRAIL_ROWS * ROW_BYTES),
  );
  trail.count = 0;
  trail.epoch = 0;
  return changetype<usize>(trail);
}

/** Empties the trail unless its rows still count. */
// @ts-ignore: decorator
@inline
export function renewTrail(trail: Trail): void {
  if (trail.epoch == handedEpoch) return;
  trail.epoch = handedEpoch;
  trail.count = 0;
}

// @ts-ignore: decorator
@inline
export function addToTrail(
  trail: Trail,
  set: HandedSet,
  labelsAt: usize,
  timestampMs: i64,
  value: u64,
): void {
  trail.count++;
  const row = trail.row(1);
  row.set = changetype<usize>(set);
  row.labelsAt = labelsAt;
  row.timestampMs = timestampMs;
  row.value = value;
}
