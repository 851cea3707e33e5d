/** What goes through, endpoint by endpoint. */
import { ENDPOINT, lines, PROGRAM, type Row } from "../panel.ts";
import { drainSeconds, lagSeconds, series, ttlLeftSeconds } from "../expressions.ts";

const each = (name: string): string => series(name, ENDPOINT);
const rate = (name: string): string => `rate(${each(name)}[$__rate_interval])`;
const prometheus = (name: string): string => rate(`prometheus_remote_storage_${name}`);
const OF = "{{instance}} {{endpoint}}";

export const FLOW: Row = {
  title: "Through the queue",
  panels: [
    lines(
      "In and out",
      "cps",
      "Signals a second that became durable, and that the endpoint took.",
      {
        [`in ${OF}`]: rate("walq_accepted_signals_total"),
        [`out ${OF}`]: rate("walq_delivered_signals_total"),
      },
    ),
    lines(
      "Given up, by reason",
      "cps",
      "Signals a second, also those that nobody wanted to send (filtered, dropped_series, skipped).",
      {
        [`{{reason}} ${OF}`]: `${rate("walq_dropped_signals_total")} > 0`,
      },
      { isStacked: true },
    ),
    lines("Pending", "short", "Signals on disk that have no outcome yet.", {
      [OF]: each("walq_pending_signals"),
    }),
    lines(
      "Behind",
      "s",
      "How old the newest signal is that the endpoint took; beside it, until what waits is dropped as too old.",
      {
        [`behind ${OF}`]: lagSeconds(ENDPOINT),
        [`ttl left ${OF}`]: ttlLeftSeconds(ENDPOINT),
      },
    ),
    lines(
      "Empty in",
      "s",
      "How long the backlog takes at the pace of the last five minutes. Nothing while it does not shrink.",
      {
        [OF]: drainSeconds(ENDPOINT),
      },
    ),
    lines("Not in a file yet", "short", "Signals that were committed and wait for their batch.", {
      "{{instance}}": series("walq_buffered_signals", PROGRAM),
    }),
  ],
};

export const DISK: Row = {
  title: "On disk",
  panels: [
    lines("Bytes", "bytes", "What waits, and max_disk_bytes where it is set.", {
      [OF]: each("walq_disk_bytes"),
      [`at most ${OF}`]: `${each("walq_disk_bytes_max")} > 0`,
    }),
    lines(
      "Files",
      "short",
      "Files that wait or are being sent, and those found at the start that are not counted yet.",
      {
        [OF]: each("walq_pending_batches"),
        [`uncounted ${OF}`]: `${each("walq_uncounted_batches")} > 0`,
      },
    ),
    lines("Written", "Bps", "Bytes of batches, compressed.", {
      [OF]: rate("alloy_queue_series_disk_compressed_bytes_written_total"),
    }),
    lines(
      "Rejected, and kept",
      "bytes",
      "What endpoints refused for good and `walq retry-rejected` can send again.",
      {
        [OF]: each("walq_rejected_bytes"),
      },
    ),
    lines(
      "Trouble",
      "short",
      "Batches that could not be stored, files that were set aside, and files of endpoints that are not configured.",
      {
        [`not stored ${OF}`]: `increase(${each("walq_store_errors_total")}[$__rate_interval]) > 0`,
        [`set aside ${OF}`]: `${each("walq_quarantined_files_total")} > 0`,
        "orphans {{instance}} {{endpoint}}": `${series("walq_orphaned_batches", PROGRAM)} > 0`,
      },
    ),
  ],
};

const DURATION = series("prometheus_remote_storage_sent_batch_duration_seconds_bucket", ENDPOINT);
const quantile = (of: number): string =>
  `histogram_quantile(${of}, sum by (job, instance, endpoint, le) (rate(${DURATION}[$__rate_interval])))`;

export const SENDING: Row = {
  title: "To the endpoint",
  panels: [
    lines("Attempts", "cps", "Requests a second, and those that had no answer at all.", {
      [OF]: rate("walq_requests_total"),
      [`no answer ${OF}`]: `${rate("alloy_queue_series_network_errors_total")} > 0`,
    }),
    lines(
      "Tried again",
      "cps",
      "Signals a second in requests that were tried again: by 429 the receiver limits walq, by 5xx it is ill.",
      {
        [`all ${OF}`]: rate("alloy_queue_series_network_retried_total"),
        [`429 ${OF}`]: rate("alloy_queue_series_network_retried_429_total"),
        [`5xx ${OF}`]: rate("alloy_queue_series_network_retried_5xx_total"),
      },
    ),
    lines("How long an attempt takes", "s", "The median, and the slowest hundredth.", {
      [`p50 ${OF}`]: quantile(0.5),
      [`p99 ${OF}`]: quantile(0.99),
    }),
    lines("Sent", "Bps", "Compressed bytes of the requests that the endpoint took.", {
      [OF]: prometheus("sent_bytes_total"),
    }),
    lines(
      "Shards",
      "short",
      "Requests that can be under way at once, and how many there should be: over the most there may be, it is too slow.",
      {
        [OF]: each("prometheus_remote_storage_shards"),
        [`desired ${OF}`]: each("prometheus_remote_storage_shards_desired"),
        [`at most ${OF}`]: each("prometheus_remote_storage_shards_max"),
      },
    ),
    lines("Refuses walq for", "s", 'How long the endpoint has said "not you" or "not here".', {
      [OF]: each("walq_endpoint_refused_seconds"),
    }),
    lines(
      "Clock",
      "s",
      "How far the host's clock is ahead of the endpoint's, and of what senders send.",
      {
        [OF]: each("walq_clock_ahead_seconds"),
        "senders {{instance}}": series("walq_clock_ahead_of_senders_seconds", PROGRAM),
      },
    ),
    lines(
      "Carried otherwise",
      "cps",
      "Label sets that rules made one, start timestamps that 1.0 could not carry, and endpoints that fell back to 1.0.",
      {
        [`merged ${OF}`]: rate("walq_relabel_merged_sets_total"),
        [`starts left out ${OF}`]: rate("walq_start_timestamps_omitted_total"),
        [`fell back ${OF}`]: rate("walq_protocol_fallbacks_total"),
      },
    ),
  ],
};
