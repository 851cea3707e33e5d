import type { HttpAnswer, RequestPart } from "../contracts.ts";
import type { SignalCounts } from "../types.ts";

const PREFIX = "x-prometheus-remote-write-";

/**
 * How many signals of a remote write 2.0 request the receiver says it has
 * written (specification 2.0, "Required Written Response Headers"): never more
 * than were sent. Undefined when it does not say, or says nonsense: then it has
 * not understood the request. Metadata is not counted: it goes with what it came on.
 */
export function readWritten(answer: HttpAnswer, sent: SignalCounts): number | undefined {
  let written = 0;
  let says = false;
  for (const kind of ["samples", "histograms", "exemplars"] as const) {
    const text = answer.header(`${PREFIX}${kind}-written`)?.trim();
    if (text === undefined) continue;
    if (!/^[0-9]{1,15}$/.test(text)) return undefined;
    says = true;
    written += Math.min(Number(text), sent[kind]);
  }
  return says ? written : undefined;
}

/** Parts the accounts of a request: its first so many signals, and the rest. */
export function partAfter(
  parts: readonly RequestPart[],
  signals: number,
): { readonly first: RequestPart[]; readonly rest: RequestPart[] } {
  const first: RequestPart[] = [];
  const rest: RequestPart[] = [];
  let left = signals;
  for (const { batchId, signals: all } of parts) {
    const here = Math.min(all, left);
    left -= here;
    if (here > 0) first.push({ batchId, signals: here });
    if (here < all) rest.push({ batchId, signals: all - here });
  }
  return { first, rest };
}
