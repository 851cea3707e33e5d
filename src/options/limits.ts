import * as v from "valibot";
import * as limits from "../limits.ts";
import { type Check, integer, size, strict, type StrictOutput } from "./checks.ts";

const REQUEST_BYTES_DEFAULT = 8_388_608;
/** 66,000 samples of ten labels in 1.0, far more in 2.0; and a host with 256 MiB can bear it, whatever the bytes are. */
const UNCOMPRESSED_BYTES_DEFAULT = 16_777_216;

const ENTRIES = {
  requestBytesMax: v.optional(size(limits.REQUEST_BYTES_MAX)),
  uncompressedBytesMax: v.optional(size(limits.UNCOMPRESSED_BYTES_MAX)),
  seriesCacheBytesMax: v.optional(size(limits.SERIES_CACHE_BYTES_MAX), 16_777_216),
  labelLimit: v.optional(integer(limits.LABEL_LIMIT), 0),
  labelNameLengthLimit: v.optional(integer(limits.LABEL_LENGTH_LIMIT), 0),
  labelValueLengthLimit: v.optional(integer(limits.LABEL_LENGTH_LIMIT), 0),
};

type CheckedLimits = StrictOutput<typeof ENTRIES>;

/** {@link LimitOptions}, checked and resolved. */
export interface ResolvedLimits {
  readonly requestBytesMax: number;
  readonly uncompressedBytesMax: number;
  readonly seriesCacheBytesMax: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
}

/**
 * Requests come compressed and only grow when they are unpacked: a request that may
 * come must also have room when it is. What is not given follows what is.
 */
export const LIMITS: Check<ResolvedLimits> = v.pipe(
  strict(ENTRIES),
  v.rawCheck<CheckedLimits>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value: input } = dataset;
    const { requestBytesMax = 0, uncompressedBytesMax = Infinity } = input;
    if (uncompressedBytesMax >= requestBytesMax) return;
    const key = "uncompressedBytesMax";
    addIssue({
      message: `got ${uncompressedBytesMax}, expected at least requestBytesMax ` +
        `(${requestBytesMax}): a request only grows when it is unpacked`,
      path: [{ type: "object", origin: "value", input: { ...input }, key, value: input[key] }],
    });
  }),
  v.transform(resolveLimits),
);

function resolveLimits(given: CheckedLimits): ResolvedLimits {
  const { uncompressedBytesMax = Infinity } = given;
  const { requestBytesMax = Math.min(REQUEST_BYTES_DEFAULT, uncompressedBytesMax) } = given;
  return {
    ...given,
    requestBytesMax,
    uncompressedBytesMax: given.uncompressedBytesMax ??
      Math.max(UNCOMPRESSED_BYTES_DEFAULT, requestBytesMax),
  };
}
