/** Alerts that say that something is lost, or will be soon. */
import { type Alert, ENDPOINT, selector } from "../alert.ts";
import { grew, lost, rejected, unaccounted } from "../expressions.ts";

const dropped = (reason: string) => selector("walq_dropped_signals_total", { ...ENDPOINT, reason });
const SENT = selector("alloy_queue_series_network_timestamp_seconds");
const PENDING = selector("walq_pending_signals");
const HANDED_OVER = selector("walq_handed_over_signals_total");
const TTL = selector("walq_ttl_seconds");
const DISK = selector("walq_disk_bytes");
const DISK_MAX = selector("walq_disk_bytes_max");

export const LOSS_ALERTS: readonly Alert[] = [
  {
    name: "WalqSignalsLost",
    severity: "critical",
    expr: grew(lost(""), "15m"),
    forTime: "0m",
    what: "signals are lost",
    summary:
      "walq {{ $labels.instance }} gave up signals for {{ $labels.endpoint }}: {{ $labels.reason }}",
    meaning:
      "Signals that were accepted have been given up, for the reason in the label `reason`. They will not arrive at this endpoint. `filtered`, `dropped_series` and `skipped` (by `walq drop`) are not among the reasons, as somebody asked for them, and `rejected` has an alert of its own.",
    look: [
      "The reason, in the [table of reasons](metrics.md#of-each-endpoint): `ttl` and `disk_limit` say that an outage is longer than the queue was made for; `corrupt` that a file was damaged or removed; `max_retries` that `max_retry_attempts` is set.",
      "`walq status`: since when the endpoint takes nothing, and its last error.",
      "The log: each loss has a line, with the endpoint's own words.",
    ],
    act: [
      "`ttl`: raise `queue.ttl`, at once if the endpoint is still down: SIGHUP is enough, and what has not been dropped yet is kept.",
      "`disk_limit`: raise `queue_config.max_disk_bytes`, or set `on_full: reject`, so that senders wait instead.",
      "`corrupt`: look into `quarantine/` by `walq inspect`; a damaged disk damages more.",
    ],
    fires: {
      series: { [dropped("ttl")]: "0+0x5 10+0x10", [dropped("filtered")]: "0+5x15" },
      at: "10m",
      labels: { ...ENDPOINT, reason: "ttl" },
    },
    rests: [
      {
        because: "what nobody wanted to send is no loss, and what was rejected has its own alert",
        series: {
          [dropped("filtered")]: "0+5x30",
          [dropped("dropped_series")]: "0+5x30",
          [dropped("rejected")]: "0+5x30",
          [dropped("ttl")]: "7+0x30",
        },
        at: "20m",
      },
    ],
  },
  {
    name: "WalqSignalsRejected",
    severity: "warning",
    expr: grew(rejected(""), "15m"),
    forTime: "0m",
    what: "an endpoint rejects signals for good",
    summary: "{{ $labels.endpoint }} rejects signals of walq {{ $labels.instance }}",
    meaning:
      "The endpoint answered with a 4xx that is about the data: out of order, too old, too many series, a label that it does not take. Asking again would not help, so walq went on with what is behind. What was refused is kept in `rejected/` for as long as `queue_config.rejected_bytes_max` and `rejected_age_max` allow.",
    look: [
      "`walq rejected`: what is kept, with the status and the endpoint's own words; the log has them too.",
      "Whether the limits of the receiver changed, or a sender's labels did.",
    ],
    act: [
      "Mend the receiver (its limits, its out-of-order window) or the sender. Then `walq retry-rejected` sends it again.",
      "`write_relabel_configs` keep away what a receiver never takes.",
    ],
    fires: {
      series: { [dropped("rejected")]: "_x5 10+0x10" },
      at: "10m",
      labels: { ...ENDPOINT, reason: "rejected" },
    },
    rests: [
      {
        because: "it was long ago",
        series: { [dropped("rejected")]: "0 10+0x60" },
        at: "40m",
      },
    ],
  },
  {
    name: "WalqLosesSoon",
    severity: "critical",
    expr: "walq:ttl_left_seconds < 0.25 * walq_ttl_seconds",
    forTime: "5m",
    what: "what waits will soon be too old",
    summary:
      "what waits for {{ $labels.endpoint }} on {{ $labels.instance }} is dropped in {{ $value | humanizeDuration }}",
    meaning:
      "Three quarters of the `ttl` have gone by since the newest signal that the endpoint took. If it goes on, the oldest signals are dropped as `ttl`. The figure may be too small after hours in which nothing came in.",
    look: [
      "`walq status`: how long the endpoint has been down or slow, and its last error.",
      "Whether [WalqEndpointTakesNothing](#walqendpointtakesnothing) or [WalqBehind](#walqbehind) fires too: down, or too slow?",
    ],
    act: [
      "Raise `queue.ttl` (or the endpoint's `sample_age_limit`) and send SIGHUP: it counts at once, for what already waits too.",
      "Then see to the endpoint.",
    ],
    fires: {
      series: { [SENT]: "1+0x120", [PENDING]: "0+100x120", [TTL]: "7200+0x120" },
      at: "100m",
      labels: ENDPOINT,
      value: "20m 1s",
    },
    rests: [
      {
        because: "there is time left",
        series: { [SENT]: "1+0x120", [PENDING]: "0+100x120", [TTL]: "86400+0x120" },
        at: "100m",
      },
      {
        because: "nothing waits",
        series: { [SENT]: "1+0x120", [PENDING]: "0+0x120", [TTL]: "7200+0x120" },
        at: "100m",
      },
    ],
  },
  {
    name: "WalqFullSoon",
    severity: "warning",
    expr: "walq_disk_bytes > 0.8 * (walq_disk_bytes_max > 0)",
    forTime: "5m",
    what: "a queue is nearly full",
    summary:
      "the queue for {{ $labels.endpoint }} on {{ $labels.instance }} is over 80% of max_disk_bytes",
    meaning:
      "The files that wait take more than four fifths of `max_disk_bytes`. At the limit either the oldest are dropped as `disk_limit` (`on_full: drop_oldest`), or senders get 503 (`on_full: reject`).",
    look: [
      "`walq:full_seconds`: how long it takes at this pace. `walq status`: what the endpoint says.",
      "Whether the disk itself has room: `max_disk_bytes` knows nothing of what else is on it.",
    ],
    act: [
      "Raise `queue_config.max_disk_bytes` and send SIGHUP, if the disk has room.",
      "See to the endpoint. `walq drop --before` skips a backlog on purpose, and counts it.",
    ],
    fires: {
      series: { [DISK]: "850+0x20", [DISK_MAX]: "1000+0x20" },
      at: "10m",
      labels: ENDPOINT,
    },
    rests: [
      {
        because: "nothing bounds it",
        series: { [DISK]: "850+0x20", [DISK_MAX]: "0+0x20" },
        at: "10m",
      },
      {
        because: "there is room",
        series: { [DISK]: "700+0x20", [DISK_MAX]: "1000+0x20" },
        at: "10m",
      },
    ],
  },
  {
    name: "WalqAccountsOpen",
    severity: "critical",
    expr: `abs(${unaccounted("")}) > 0`,
    forTime: "5m",
    what: "signals are in no account: a bug of walq",
    summary:
      "walq {{ $labels.instance }} does not know what became of {{ $value }} signals for {{ $labels.endpoint }}",
    meaning:
      "At every moment accepted is delivered plus dropped plus pending, plus what other senders of the same stream took over. If it is not, walq has a bug, and its other figures are not to be trusted.",
    look: [
      "`/api/v1/status` and the log of the last hours: keep both.",
      "`walq verify DIR` on a copy of the data path: whether files are damaged.",
    ],
    act: ["Report it, with both, as SECURITY.md and the issue template say. No restart is needed."],
    fires: {
      series: {
        [selector("walq_accepted_signals_total")]: "0+10x20",
        [selector("walq_delivered_signals_total")]: "0+7x20",
        [dropped("ttl")]: "0+1x20",
        [dropped("rejected")]: "0+1x20",
        [HANDED_OVER]: "0+0x20",
        [PENDING]: "0+0x20",
      },
      at: "10m",
      labels: ENDPOINT,
      value: "10",
    },
    rests: [
      {
        because: "the sum closes",
        series: {
          [selector("walq_accepted_signals_total")]: "0+10x20",
          [selector("walq_delivered_signals_total")]: "0+5x20",
          [dropped("ttl")]: "0+1x20",
          [dropped("rejected")]: "0+1x20",
          [HANDED_OVER]: "0+2x20",
          [PENDING]: "0+1x20",
        },
        at: "10m",
      },
    ],
  },
];
