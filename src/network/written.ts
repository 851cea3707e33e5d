import type { HttpAnswer } from "../contracts.ts";
import type { SignalCounts } from "../types.ts";

const PREFIX = "x-prometheus-remote-write-";

/** Nothing was written. */
export const NOTHING_WRITTEN: SignalCounts = {
  samples: 0,
  histograms: 0,
  exemplars: 0,
  metadata: 0,
};

/**
 * What the receiver of a remote write 2.0 request says it has written
 * (specification 2.0, "Required Written Response Headers"): of no kind more than
 * was sent, and none of a kind whose header is missing. Undefined when all are
 * missing or one is nonsense: then it has not understood the request. Nobody
 * counts metadata, which rides on series: it is written when all the rest is.
 */
export function readWritten(answer: HttpAnswer, sent: SignalCounts): SignalCounts | undefined {
  const written = { ...NOTHING_WRITTEN };
  let says = false;
  for (const kind of ["samples", "histograms", "exemplars"] as const) {
    const text = answer.header(`${PREFIX}${kind}-written`)?.trim();
    if (text === undefined) continue;
    if (!/^[0-9]{1,15}$/.test(text)) return undefined;
    says = true;
    written[kind] = Math.min(Number(text), sent[kind]);
  }
  if (!says) return undefined;
  const isWhole = countSignals(written) === countSignals(sent) - sent.metadata;
  return isWhole ? sent : written;
}

/** Signals of all kinds. */
export function countSignals({ samples, histograms, exemplars, metadata }: SignalCounts): number {
  return samples + histograms + exemplars + metadata;
}
