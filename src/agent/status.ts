import type { EndpointSnapshot } from "../stats/endpoint_snapshot.ts";
import { shownUrl } from "../shown_url.ts";
import type { QueueSnapshot } from "../stats/queue_stats.ts";
import { VERSION } from "../version.ts";

/** Whether the program takes requests. */
export type Phase = "starting" | "ready" | "closing";

/** The answer of `/api/v1/status`. */
export interface Status {
  readonly version: string;
  readonly runtime: string;
  readonly phase: Phase;
  readonly uptimeSeconds: number;
  readonly queue: Omit<QueueSnapshot, "endpoints"> | undefined;
  readonly endpoints: readonly EndpointStatus[];
}

/** One endpoint. */
interface EndpointStatus extends EndpointSnapshot {
  /** How far what was sent is behind what came in; 0 when nothing is pending. */
  readonly lagSeconds: number;
}

/** Puts the answer together; it holds no secrets. */
export function makeStatus(of: {
  runtime: string;
  phase: Phase;
  uptimeMs: number;
  nowMs: number;
  queue: QueueSnapshot | undefined;
}): Status {
  const { endpoints = [], ...queue } = of.queue ?? {};
  return {
    version: VERSION,
    runtime: of.runtime,
    phase: of.phase,
    uptimeSeconds: Math.floor(of.uptimeMs / 1000),
    queue: of.queue && queue as Omit<QueueSnapshot, "endpoints">,
    endpoints: endpoints.map((endpoint) => ({
      ...endpoint,
      url: shownUrl(endpoint.url),
      lagSeconds: lagMs(endpoint, of.nowMs) / 1000,
    })),
  };
}

/** How old the newest delivered timestamp is while something is pending. */
export function lagMs(endpoint: EndpointSnapshot, nowMs: number): number {
  if (endpoint.pendingSignals === 0) return 0;
  // Before the first delivery: at least as old as the newest that came in.
  const newestMs = endpoint.sentNewestMs || endpoint.incomingNewestMs;
  return newestMs === 0 ? 0 : Math.max(0, nowMs - newestMs);
}
