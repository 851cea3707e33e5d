import { assert } from "../../assert.ts";
import { BATCH_BYTES_MAX } from "../../limits.ts";
import { block, defaulted, optional } from "../block.ts";
import type { CheckedLimitOptions } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { integer, size } from "../kinds.ts";
import type { Block } from "../table.ts";
import type { LimitOptions } from "../types.ts";

/** In bytes: labels of a series may have a megabyte in all. */
const LABEL_LENGTH_MAX = 1_048_576;

/** As they come, or unpacked. */
const REQUEST_BYTES = size("1KiB", "256MiB");
assert(REQUEST_BYTES.max <= BATCH_BYTES_MAX, "a batch must hold the largest request");

/** How much one call may bring. */
export const LIMITS: Block<LimitOptions, CheckedLimitOptions> = block(
  "LimitOptions",
  "Bounds on what one call may bring.",
  {
    requestBytesMax: optional(REQUEST_BYTES, {
      doc: "A request's bytes as they came.",
      defaultDoc: "8 MiB, or `uncompressedBytesMax` where that is less",
    }),
    uncompressedBytesMax: optional(REQUEST_BYTES, {
      doc: "A request's bytes after decompression: at least `requestBytesMax`, as a request only " +
        "grows when it is unpacked.",
      defaultDoc: "16 MiB, or `requestBytesMax` where that is more",
    }),
    seriesCacheBytesMax: defaulted(size("64KiB", "1GiB"), "16MiB", {
      doc: "Bytes of label sets kept for appends by reference.",
    }),
    labelLimit: defaulted(integer(0, 1_000_000), 0, {
      doc: "Labels a series may have; one with more is refused by name of the rule. 0 is " +
        "without limit.",
    }),
    labelNameLengthLimit: defaulted(integer(0, LABEL_LENGTH_MAX), 0, {
      doc: "Bytes of a label's name; 0 is without limit.",
    }),
    labelValueLengthLimit: defaulted(integer(0, LABEL_LENGTH_MAX), 0, {
      doc: "Bytes of a label's value; 0 is without limit.",
    }),
  },
  { rule: roomToUnpack },
);

/** Requests come compressed and only grow when they are unpacked: one that may come must have room. */
function* roomToUnpack(limits: CheckedLimitOptions): Generator<Broken> {
  const { requestBytesMax = 0, uncompressedBytesMax = Infinity } = limits;
  if (uncompressedBytesMax >= requestBytesMax) return;
  yield [
    "uncompressedBytesMax",
    `got ${uncompressedBytesMax}, expected at least requestBytesMax (${requestBytesMax}): ` +
    "a request only grows when it is unpacked",
  ];
}
