import type { QueueSnapshot } from "../../stats/queue_stats.ts";
import { shownCount as count } from "../commands/text_table.ts";
import { lagMs } from "../status.ts";

/** What one line of the demo shows. */
interface Moment {
  readonly nowMs: number;
  /** Rates and the time that has passed must not leap with the clock. */
  readonly monotonicMs: number;
  readonly queue: QueueSnapshot;
  readonly receiverUp: boolean;
}

/** Writes the lines, with rates against the line before. */
export class Report {
  readonly #startMs: number;
  #before: { monotonicMs: number; accepted: number; delivered: number };

  constructor({ monotonicMs, queue }: Moment) {
    this.#startMs = monotonicMs;
    const { accepted, delivered } = totals(queue);
    this.#before = { monotonicMs, accepted, delivered };
  }

  line({ nowMs, monotonicMs, queue, receiverUp }: Moment): string {
    const now = { monotonicMs, ...totals(queue) };
    const before = this.#before;
    const seconds = Math.max((monotonicMs - before.monotonicMs) / 1000, 0.001);
    this.#before = now;
    const rate = (key: "accepted" | "delivered"): string =>
      `${Math.round((now[key] - before[key]) / seconds)}/s`;
    const parts = [
      `${String(Math.round((monotonicMs - this.#startMs) / 1000)).padStart(4)}s`,
      `in ${count(now.accepted)} (${rate("accepted")})`,
      `on disk ${count(now.pending)} in ${now.files} files, ${(now.bytes / 1024).toFixed(1)} KiB`,
      `out ${count(now.delivered)} (${rate("delivered")})`,
      `lag ${(now.lagMs(nowMs) / 1000).toFixed(1)}s`,
      receiverUp ? "receiver up" : "receiver DOWN",
    ];
    if (now.dropped > 0) parts.push(`dropped ${count(now.dropped)}`);
    return parts.join(" | ");
  }
}

/** All that is not zero when something was lost or is still to be sent. */
export function totals(queue: QueueSnapshot): {
  accepted: number;
  delivered: number;
  dropped: number;
  pending: number;
  files: number;
  bytes: number;
  lagMs: (nowMs: number) => number;
} {
  const sum = (read: (endpoint: QueueSnapshot["endpoints"][number]) => number): number =>
    queue.endpoints.reduce((total, endpoint) => total + read(endpoint), 0);
  return {
    accepted: sum((e) => e.acceptedTotal),
    delivered: sum((e) => e.deliveredTotal),
    dropped: Object.values(queue.dropped).reduce((total, dropped) => total + dropped, 0),
    pending: sum((e) => e.pendingSignals),
    files: sum((e) => e.pendingBatches),
    bytes: sum((e) => e.pendingBytes),
    lagMs: (nowMs) => Math.max(0, ...queue.endpoints.map((e) => lagMs(e, nowMs))),
  };
}
