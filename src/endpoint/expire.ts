import type { BatchReader, RequestPart, SealedRequest } from "../contracts.ts";
import { assert } from "../assert.ts";

/** Drops the signals of a request that are too old, and says from which batches they were. */
export function expireRequest(
  reader: BatchReader,
  request: SealedRequest,
  cutoffMs: number,
): { request: SealedRequest | undefined; dropped: readonly RequestPart[] } {
  const { body, kept } = reader.expire(request.body, cutoffMs);
  const left: RequestPart[] = [];
  const dropped: RequestPart[] = [];
  let at = 0;
  for (const { batchId, signals } of request.parts) {
    let keptHere = 0;
    for (const end = at + signals; at < end; at++) keptHere += kept[at] ?? 0;
    if (keptHere > 0) left.push({ batchId, signals: keptHere });
    if (keptHere < signals) dropped.push({ batchId, signals: signals - keptHere });
  }
  assert(at === kept.length, `${kept.length} signals in a request of ${at}`);
  return { request: body && { body, parts: left }, dropped };
}
