/** What is worth keeping under a name of its own: for long ranges, and for alerts of one's own. */
import { drainSeconds, fullSeconds, lagSeconds, lost, ttlLeftSeconds } from "./expressions.ts";

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  /** What it says, for docs/metrics.md. */
  readonly doc: string;
}

export const RECORDING_RULES: readonly RecordingRule[] = [
  {
    record: "walq:accepted_signals:rate5m",
    expr: "rate(walq_accepted_signals_total[5m])",
    doc: "signals a second that became durable, for each endpoint",
  },
  {
    record: "walq:delivered_signals:rate5m",
    expr: "rate(walq_delivered_signals_total[5m])",
    doc: "signals a second that the endpoint took",
  },
  {
    record: "walq:lost_signals:rate5m",
    expr: `sum without (reason) (rate(${lost("")}[5m]))`,
    doc: "signals a second that were given up although nobody wanted that; without those rejected",
  },
  {
    record: "walq:lag_seconds",
    expr: lagSeconds(""),
    doc: "how old the newest signal is that the endpoint took, while something is pending; else 0",
  },
  {
    record: "walq:ttl_left_seconds",
    expr: ttlLeftSeconds(""),
    doc: "until what waits is too old and is dropped; missing while nothing waits",
  },
  {
    record: "walq:full_seconds",
    expr: fullSeconds(""),
    doc:
      "until `max_disk_bytes` is reached, by the last quarter of an hour; missing while it is not on the way there",
  },
  {
    record: "walq:drain_seconds",
    expr: drainSeconds(""),
    doc: "until nothing waits, by the last five minutes; missing while the backlog does not shrink",
  },
];
