/**
 * What rules, alerts and dashboard say in PromQL of one and the same thing. Of a query, `${S}`
 * is where a selection goes; the rules select nothing. No expression names the labels that a
 * Prometheus adds to its targets: they stay as they are.
 */

/** A selection of series, as it stands between braces: `job="walq"`; may be empty. */
export type Selection = string;

/** What is dropped because somebody said so: no loss. */
export const INTENDED_REASONS = ["filtered", "dropped_series", "skipped"] as const;
/** What an endpoint refuses for good is told apart from what is lost otherwise. */
export const REJECTED_REASON = "rejected";

/** How far back the newest timestamp that arrived is looked for: over a restart, which forgets it. */
const REMEMBERED = "1d";

const selecting = (selection: Selection, more = ""): string => {
  const all = [selection, more].filter((one) => one !== "").join(", ");
  return all === "" ? "" : `{${all}}`;
};

export function series(name: string, selection: Selection, more = ""): string {
  return `${name}${selecting(selection, more)}`;
}

/** Signals that were given up although nobody wanted that. */
export function lost(selection: Selection): string {
  const known = [...INTENDED_REASONS, REJECTED_REASON].join("|");
  return series("walq_dropped_signals_total", selection, `reason!~"${known}"`);
}

export function rejected(selection: Selection): string {
  return series("walq_dropped_signals_total", selection, `reason="${REJECTED_REASON}"`);
}

/** Counters that grew, also from nothing: at a start they may have done so before the first scrape. */
export function grew(counter: string, time: string): string {
  return `increase(${counter}[${time}]) > 0 or (${counter} > 0 unless ${counter} offset ${time})`;
}

/** How old the newest signal is that the endpoint took, in seconds; 0 while nothing is pending. */
export function lagSeconds(selection: Selection): string {
  const sent = series("alloy_queue_series_network_timestamp_seconds", selection);
  const pending = series("walq_pending_signals", selection);
  return `clamp_min(time() - (max_over_time(${sent}[${REMEMBERED}]) > 0), 0) * (${pending} > bool 0)`;
}

/** Until what waits is too old, in seconds; below 0 it is already being dropped. Missing while nothing waits. */
export function ttlLeftSeconds(selection: Selection): string {
  const ttl = series("walq_ttl_seconds", selection);
  return `${ttl} - (${lagSeconds(selection)}) and ${series("walq_pending_signals", selection)} > 0`;
}

/** Until `max_disk_bytes` is reached, at the pace of the last quarter of an hour. Missing while the queue does not grow. */
export function fullSeconds(selection: Selection): string {
  const bytes = series("walq_disk_bytes", selection);
  const most = series("walq_disk_bytes_max", selection);
  return `((${most} > 0) - ${bytes}) / (deriv(${bytes}[15m]) > 0)`;
}

/** How full it is, from 0 to 1. Missing where nothing bounds it. */
export function fullRatio(selection: Selection): string {
  return `${series("walq_disk_bytes", selection)} / (${
    series("walq_disk_bytes_max", selection)
  } > 0)`;
}

/** Until nothing waits, at the pace of the last five minutes. Missing while it does not shrink. */
export function drainSeconds(selection: Selection): string {
  const rate = (name: string) => `rate(${series(name, selection)}[5m])`;
  const out = rate("walq_delivered_signals_total");
  const into = rate("walq_accepted_signals_total");
  return `${series("walq_pending_signals", selection)} / (${out} - ${into} > 0)`;
}

/** Signals that no account has: always 0. All lines of one scrape are of one moment. */
export function unaccounted(selection: Selection): string {
  const dropped = series("walq_dropped_signals_total", selection);
  return `${series("walq_accepted_signals_total", selection)} - ` +
    `${series("walq_delivered_signals_total", selection)} - ` +
    `sum without (reason) (${dropped}) - ` +
    `${series("walq_handed_over_signals_total", selection)} - ` +
    series("walq_pending_signals", selection);
}

/** Endpoints that have had something to take for ten minutes, and took nothing. */
export function takesNothing(selection: Selection): string {
  const pending = series("walq_pending_signals", selection);
  const delivered = series("walq_delivered_signals_total", selection);
  return `min_over_time(${pending}[10m]) > 0 and increase(${delivered}[10m]) == 0`;
}
