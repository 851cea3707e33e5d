/**
 * Files of the size that is allowed at most, made so that as much as possible must
 * be made of them. They take gigabytes and seconds.
 */
import process from "node:process";
import { test } from "node:test";
import { alloyV2File } from "../support/alloy_v2.ts";
import { assertCode, kernel, ONE_SHARD } from "../kernel/support.ts";

const skip = process.env["WALQ_HOSTILE_LARGE"] === undefined &&
  "takes gigabytes: set WALQ_HOSTILE_LARGE=1";

test("more records than a batch has rows are refused, not made room for", { skip }, () => {
  const count = 16 * 1024 * 1024 + 1;
  const data = new Uint8Array(count * 5);
  data.set([1, 2, 0, 1, 1]);
  for (let bytes = 5; bytes < data.length; bytes *= 2) data.copyWithin(bytes, 0, bytes);
  const reader = kernel.createReader({ ...ONE_SHARD, uncompressedBytesMax: data.length });
  const file = { ...alloyV2File([]), data };
  assertCode(() => reader.load(file), "CORRUPT", /got 16777217 signals, wanted at most 16777216/);
});
