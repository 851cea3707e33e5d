/**
 * Hard bounds that several rooms go by. Everything that waits, grows or is allocated
 * has one; those of an option are in its row (`src/options/tables/`).
 */

/** Timers finer than this cost more than they bring, and runtimes do not keep them. */
export const RESOLUTION_MS = 10;

/** setTimeout takes no more, and fires at once when it is given more. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;

/** A batch that claims more uncompressed bytes is corrupt: nothing is allocated for it. */
export const BATCH_BYTES_MAX: number = 256 * 1024 * 1024;

/** Long enough for a host and a hash; short enough for every file system. */
export const ENDPOINT_NAME_LENGTH_MAX = 64;
