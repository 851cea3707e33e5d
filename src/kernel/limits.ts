/** Hard bounds of the kernel, whatever the options say. */

/** No request and no batch may be larger uncompressed: room for all that is made of it stays below 2 GiB. */
export const KERNEL_BYTES_MAX: number = 256 * 1024 * 1024;

/**
 * An instance whose memory has grown over this is replaced as soon as nothing is
 * open in it: WebAssembly memory never shrinks. What a request makes by the default
 * limits stays below: runtimes take their time to collect an instance that is gone,
 * and one large request after the other would leave several. Much of it is reserved
 * and never touched.
 */
export const MEMORY_BYTES_KEPT_MAX: number = 384 * 1024 * 1024;

/**
 * What a writer keeps of label sets from batch to batch: about 35,000 sets of
 * 10 labels. The memory is taken when a set comes for the second time.
 */
export const KEPT_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * What a reader with rules for labels remembers of what they made of label sets:
 * about 60,000 sets of 10 labels. The memory is taken with the first batch.
 */
export const RELABELED_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * What a reader learns of label sets of batches that come to it in short form: about
 * 40,000 sets of 10 labels. The memory is taken piece by piece.
 */
export const HANDED_BYTES_MAX: number = 16 * 1024 * 1024;

/** A parser of pages whose memory is smaller keeps it, whatever its targets hold. */
export const PAGES_BYTES_KEPT_MIN: number = 64 * 1024 * 1024;

export const SHARDS_MAX: number = 65_536;

/** A batch has at most so many parts: the kernel remembers the partition of a row in a byte. */
export const PARTITIONS_MAX = 256;
