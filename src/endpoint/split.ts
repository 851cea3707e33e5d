import type { BatchReader, RequestPart, SealedRequest } from "../contracts.ts";
import { assert } from "../assert.ts";

/** Parts a request in two halves, and with it the accounts of the batches it came from. */
export function splitRequest(
  reader: BatchReader,
  request: SealedRequest,
): readonly [SealedRequest, SealedRequest] | undefined {
  const halves = reader.split(request.body);
  if (halves === undefined) return undefined;
  const [first, second] = halves;
  const firstParts: RequestPart[] = [];
  const secondParts: RequestPart[] = [];
  let left = first.signals;
  for (const { batchId, signals } of request.parts) {
    const here = Math.min(signals, left);
    left -= here;
    if (here > 0) firstParts.push({ batchId, signals: here });
    if (here < signals) secondParts.push({ batchId, signals: signals - here });
  }
  const inSecond = secondParts.reduce((sum, { signals }) => sum + signals, 0);
  assert(
    left === 0 && inSecond === second.signals,
    `halves of ${first.signals} and ${second.signals} signals do not fit their parts`,
  );
  return [{ body: first, parts: firstParts }, { body: second, parts: secondParts }];
}
