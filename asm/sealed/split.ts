/**
 * Parts a sealed request in two, so that a receiver that refuses all of it can be
 * asked for each half. The first half is the first so many signals, in the order of
 * the request: the accounts of its batches are parted by counting.
 */
import { clearHalf, cutOf, putHalf, signalsSeen } from "./half";
import { Buffer } from "../bytes/memory";
import { copyHalfV1, findSeamsV1 } from "./split_v1";
import { copyHalfV2, findSeamsV2 } from "./split_v2";

/** Copies a half to `out`; it is left without signals if the request cannot be parted. False after a fault. */
export function copyHalf(at: usize, end: usize, isSecond: bool, out: Buffer, isV2: bool): bool {
  clearHalf();
  out.length = 0;
  if (!(isV2 ? findSeamsV2(at, end) : findSeamsV1(at, end))) return false;
  const cut = cutOf();
  if (cut != 0) {
    const from = isSecond ? cut : 0;
    const to = isSecond ? signalsSeen() : cut;
    const isCopied = isV2 ? copyHalfV2(at, end, from, to, out) : copyHalfV1(at, end, from, to, out);
    if (!isCopied) return false;
  }
  putHalf();
  return true;
}
