import type { WriteResult } from "../types.ts";

/** Signals of one request that were refused for one reason, as `walq_refused_signals_total` names it. */
interface Refused {
  readonly reason: string;
  readonly signals: number;
  /** What is known of the first one. */
  readonly first: string | undefined;
}

/**
 * What a sender is told of what was not kept: each reason with its count and the
 * first offender. Undefined when all was kept: nothing else may be answered with a
 * success (remote write 2.0, "Response"; 1.0, "Retries & Backoff").
 */
export function refusalText(result: WriteResult): string | undefined {
  const refused = refusedIn(result);
  if (refused.length === 0) return undefined;
  const signals = refused.reduce((sum, one) => sum + one.signals, 0);
  const what = signals === 1 ? "1 signal was" : `${signals} signals were`;
  const reasons = refused.map(({ reason, signals, first }) =>
    `${signals} for ${reason}${first === undefined ? "" : `: ${first}`}`
  );
  return `${what} refused and ${result.accepted} accepted: ${reasons.join("; ")}`;
}

function refusedIn(result: WriteResult): Refused[] {
  const all: Refused[] = [
    { reason: "ttl", signals: result.expired, first: result.firstExpired },
    { reason: "invalid", signals: result.invalid, first: result.firstInvalid },
    { reason: "unsupported", signals: result.unsupported, first: result.firstUnsupported },
  ];
  return all.filter(({ signals }) => signals > 0);
}
