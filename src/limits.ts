import { assert } from "./assert.ts";

/**
 * Hard bounds of the options, and the relations between them. An option outside
 * its bounds is refused; everything that waits, grows or is allocated has one.
 */

/** A number that is at least `min` and at most `max`. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Timers finer than this cost more than they bring, and runtimes do not keep them. */
export const RESOLUTION_MS = 10;

/** setTimeout takes no more, and fires at once when it is given more. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;

/** A batch that claims more uncompressed bytes is corrupt: nothing is allocated for it. */
export const BATCH_BYTES_MAX: number = 256 * MIB;

export const ENDPOINTS_MAX = 100;
/** Directories of earlier endpoints that options may name. */
export const ORPHANS_MAX = 1000;

/** Long enough for a host and a hash; short enough for every file system. */
export const ENDPOINT_NAME_LENGTH_MAX = 64;

export const TTL_MS: Bounds = { min: SECOND_MS, max: 3_650 * DAY_MS };
export const WRITE_TIMEOUT_MS: Bounds = { min: RESOLUTION_MS, max: HOUR_MS };
export const RETRY_BACKOFF_MS: Bounds = { min: 1, max: HOUR_MS };
export const RETRY_BACKOFF_MAX_MS: Bounds = { min: 1, max: DAY_MS };
export const MAX_RETRY_ATTEMPTS: Bounds = { min: 0, max: 1_000_000 };
export const BATCH_COUNT: Bounds = { min: 1, max: 100_000 };
export const FLUSH_INTERVAL_MS: Bounds = { min: RESOLUTION_MS, max: HOUR_MS };
export const PARALLELISM: Bounds = { min: 1, max: 256 };
export const MAX_SIGNALS_TO_BATCH: Bounds = { min: 1, max: 1_000_000 };
export const BATCH_INTERVAL_MS: Bounds = { min: RESOLUTION_MS, max: HOUR_MS };
/** 0 flushes at once: one fsync a commit. */
export const GROUP_COMMIT_INTERVAL_MS: Bounds = { min: 0, max: 10 * SECOND_MS };
export const SYNC_INTERVAL_MS: Bounds = { min: RESOLUTION_MS, max: HOUR_MS };
/** 0 is without limit; a batch that is alone is stored however large it is. */
export const MAX_DISK_BYTES: Bounds = { min: KIB, max: 2 ** 50 };
export const REQUEST_BYTES_MAX: Bounds = { min: KIB, max: 256 * MIB };
export const UNCOMPRESSED_BYTES_MAX: Bounds = { min: KIB, max: 256 * MIB };
export const LABEL_LIMIT: Bounds = { min: 0, max: 1_000_000 };
/** In bytes: labels of a series may have a megabyte in all. */
export const LABEL_LENGTH_LIMIT: Bounds = { min: 0, max: MIB };
export const METADATA_CACHE_SIZE: Bounds = { min: 1, max: 100_000 };
export const SERIES_CACHE_BYTES_MAX: Bounds = { min: 64 * KIB, max: 1024 * MIB };

for (
  const timer of [
    WRITE_TIMEOUT_MS,
    RETRY_BACKOFF_MS,
    RETRY_BACKOFF_MAX_MS,
    FLUSH_INTERVAL_MS,
    BATCH_INTERVAL_MS,
    GROUP_COMMIT_INTERVAL_MS,
    SYNC_INTERVAL_MS,
  ]
) {
  assert(timer.min <= timer.max, "bounds are upside down");
  assert(timer.max <= TIMER_MS_MAX, "a timer can be longer than setTimeout takes");
}
assert(RETRY_BACKOFF_MS.max <= RETRY_BACKOFF_MAX_MS.max, "the first wait can be over the longest");
assert(REQUEST_BYTES_MAX.max <= UNCOMPRESSED_BYTES_MAX.max, "requests only grow when unpacked");
assert(UNCOMPRESSED_BYTES_MAX.max <= BATCH_BYTES_MAX, "a batch must hold the largest request");
