import { FAR_MS } from "./clock_watch.ts";
import type { EndpointTime } from "./endpoint_time.ts";

/**
 * What is known of the wall clock: `unconfirmed`, no endpoint has said what time it
 * is; `agrees` with what they said; or is far `ahead` of it or `behind` it.
 */
type ClockState = "unconfirmed" | "agrees" | "ahead" | "behind";

/** The clock beside those of the endpoints: the one that it is furthest from decides. */
export function clockStateOf(
  times: readonly EndpointTime[],
): { readonly state: ClockState; readonly aheadMs: number } {
  const confirmed = times.filter(({ isConfirmed }) => isConfirmed);
  const isConfirmed = confirmed.length > 0;
  // A leap is known even before an endpoint has said anything.
  const all = (isConfirmed ? confirmed : times).map((time) => time.aheadMs);
  const aheadMs = all.reduce((far, one) => Math.abs(one) > Math.abs(far) ? one : far, 0);
  if (aheadMs > FAR_MS) return { state: "ahead", aheadMs };
  if (aheadMs < -FAR_MS) return { state: "behind", aheadMs };
  return { state: isConfirmed ? "agrees" : "unconfirmed", aheadMs };
}
