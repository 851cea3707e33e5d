/**
 * Finds kept sets by hash, and remembers the hashes of sets that are not kept. A set is
 * kept when it comes the second time, so that short-lived series are not copied. Looking at
 * memory that is seldom touched costs more than all the rest. So all that belongs to a hash
 * is in one bucket of 64 bytes, a line of the processor's cache:
 *
 *     0  sets     8 u32, 0 if there is none
 *    32  tags     8 u16, of these sets' hashes
 *    48  passed   8 u16, tags of the last hashes that were not kept
 *
 * A set that finds its bucket full goes to the one beside it.
 */
const BUCKET_BYTES: usize = 64;
const TAGS: usize = 32;
const PASSED: usize = 48;
/** The number after the last place of a bucket. */
export const NO_PLACE: usize = 8;

let buckets: usize = 0;
let bucketCount: u32 = 0;

/** Makes an empty index with this many buckets, a power of two. */
export function openIndex(count: u32): void {
  bucketCount = count;
  buckets = heap.alloc((<usize> count + 1) * BUCKET_BYTES);
  buckets = (buckets + BUCKET_BYTES - 1) & ~(BUCKET_BYTES - 1);
  memory.fill(buckets, 0, <usize> count * BUCKET_BYTES);
}

/** Forgets the sets, but not the hashes that were not kept. */
export function emptyIndex(): void {
  const end = buckets + <usize> bucketCount * BUCKET_BYTES;
  for (let bucket = buckets; bucket < end; bucket += BUCKET_BYTES) memory.fill(bucket, 0, PASSED);
}

// @ts-ignore: decorator
@inline
export function bucketOf(hash: u64): usize {
  return buckets + <usize> (<u32> (hash >> 16) & (bucketCount - 1)) * BUCKET_BYTES;
}

/** The bucket that takes what has no room in this one, or 0. */
export function siblingOf(bucket: usize): usize {
  return bucketCount == 1 ? 0 : buckets + ((bucket - buckets) ^ BUCKET_BYTES);
}

/** The next place after `from` in the bucket that may have a set with this hash, or NO_PLACE. */
export function placeOf(bucket: usize, hash: u64, from: usize): usize {
  if (!hasTag(load<u64>(bucket, TAGS), hash) && !hasTag(load<u64>(bucket, TAGS + 8), hash)) {
    return NO_PLACE;
  }
  while (from < NO_PLACE && load<u16>(bucket + (from << 1), TAGS) != <u16> (hash >> 48)) from++;
  return from;
}

/** The set in a place of a bucket, or 0. */
export function setIn(bucket: usize, place: usize): usize {
  return place < NO_PLACE ? <usize> load<u32>(bucket + (place << 2)) : 0;
}

/** Whether one of four tags is the tag of the hash. */
// @ts-ignore: decorator
@inline
function hasTag(tags: u64, hash: u64): bool {
  const same = tags ^ ((hash >> 48) * 0x0001_0001_0001_0001);
  return ((same - 0x0001_0001_0001_0001) & ~same & 0x8000_8000_8000_8000) != 0;
}

/** An empty place of a bucket, or NO_PLACE. */
export function freePlace(bucket: usize): usize {
  let place: usize = 0;
  while (place < NO_PLACE && load<u32>(bucket + (place << 2)) != 0) place++;
  return place;
}

export function putSet(bucket: usize, place: usize, hash: u64, set: usize): void {
  store<u32>(bucket + (place << 2), <u32> set);
  store<u16>(bucket + (place << 1), <u16> (hash >> 48), TAGS);
}

/** Whether this hash has come not long ago, as far as its tag tells. It is noted as having come. */
export function hasPassed(bucket: usize, hash: u64): bool {
  const newer = load<u64>(bucket, PASSED);
  const older = load<u64>(bucket, PASSED + 8);
  if (hasTag(newer, hash) || hasTag(older, hash)) return true;
  if (older >> 48 == 0) {
    store<u64>(bucket, (older << 16) | (newer >> 48), PASSED + 8);
    store<u64>(bucket, (newer << 16) | (hash >> 48), PASSED);
  } else {
    store<u16>(bucket + <usize> (nextPassed >> 29 << 1), <u16> (hash >> 48), PASSED);
    nextPassed += STRIDE;
  }
  return false;
}

/**
 * Which of eight hashes gives way, in its upper three bits. Series come in the same order again and
 * again: if it was always the oldest one, nine of them in a bucket would drive each other out for ever.
 */
let nextPassed: u32 = 0;
const STRIDE: u32 = 0x9e3779b9;
