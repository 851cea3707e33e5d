import type { BatchReader, SealedRequest, Selected, Selection } from "../contracts.ts";
import { assert } from "../assert.ts";
import { divideParts, signalsIn } from "../parts.ts";

/** Makes a request of some signals of another, and divides the accounts of its batches. */
export function selectSignals(
  reader: BatchReader,
  request: SealedRequest,
  which: Selection,
): Selected {
  const { body, kept } = reader.select(request.body, which);
  const all = signalsIn(request.parts);
  assert(kept.length === all, `${kept.length} signals in a request of ${all}`);
  const { taken, rest } = divideParts(
    request.parts,
    (from, to) => kept.subarray(from, to).reduce((sum, one) => sum + one, 0),
  );
  const signals = body?.signals ?? 0;
  assert(signalsIn(taken) === signals, `${signalsIn(taken)} signals kept of a body of ${signals}`);
  return { request: body && { ...request, body, parts: taken }, rest };
}
