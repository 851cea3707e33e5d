/** More than the caches of most processors have, and all of what a small share of one has. */
const WALKED_BYTES = 64 * 1024 * 1024;
const LINE_BYTES = 64;

let walked: Uint8Array | undefined;

/**
 * Takes what is in the processor's caches out of them, as an application does between two
 * batches: writes to each line of 64 MiB, in this same process. Caches of other cores, which
 * a process of its own would reach, stay as they are.
 */
export function chillCaches(): void {
  walked ??= new Uint8Array(WALKED_BYTES);
  for (let at = 0; at < WALKED_BYTES; at += LINE_BYTES) walked[at]!++;
}
