/** Alerts about an endpoint: nothing is lost yet. */
import { type Alert, ENDPOINT, selector, TARGET } from "../alert.ts";
import { takesNothing } from "../expressions.ts";

const PENDING = selector("walq_pending_signals");
const DELIVERED = selector("walq_delivered_signals_total");
const REFUSED = selector("walq_endpoint_refused_seconds");
const SENT = selector("alloy_queue_series_network_timestamp_seconds");
const orphans = (drains_to: string) =>
  selector("walq_orphaned_batches", { ...TARGET, endpoint: "old", drains_to });
const AHEAD = selector("walq_clock_ahead_seconds");
const AHEAD_OF_SENDERS = selector("walq_clock_ahead_of_senders_seconds", TARGET);

export const ENDPOINT_ALERTS: readonly Alert[] = [
  {
    name: "WalqEndpointTakesNothing",
    severity: "warning",
    expr: takesNothing(""),
    forTime: "5m",
    what: "an endpoint takes nothing",
    summary:
      "{{ $labels.endpoint }} has taken nothing from walq {{ $labels.instance }} for 15 minutes",
    meaning:
      "Signals wait for the endpoint, and it has taken none. Nothing is lost: they are on disk until `ttl` or `max_disk_bytes`.",
    look: [
      "`walq status`: the last error, since when, and how long the queue lasts.",
      "Whether other walqs reach the endpoint: is it the endpoint, or the network between?",
    ],
    act: [
      "See to the endpoint or the network; walq asks again by itself, and sends the backlog in order.",
      "If it takes long: `walq:ttl_left_seconds` and `walq:full_seconds` say until when nothing is lost. `queue.ttl` can be raised meanwhile.",
    ],
    fires: {
      series: { [PENDING]: "0 100+50x30", [DELIVERED]: "500+0x30" },
      at: "20m",
      labels: ENDPOINT,
    },
    rests: [
      {
        because: "it is slow, and takes something",
        series: { [PENDING]: "100+50x30", [DELIVERED]: "500+1x30" },
        at: "20m",
      },
      {
        because: "nothing waits most of the time",
        series: { [PENDING]: "5 0 0 0 5 0 0 0 5 0 0 0 5 0 0 0 5 0 0 0 5", [DELIVERED]: "500+0x30" },
        at: "20m",
      },
    ],
  },
  {
    name: "WalqEndpointRefuses",
    severity: "warning",
    expr: "walq_endpoint_refused_seconds > 60",
    forTime: "1m",
    what: "an endpoint refuses walq: nothing is lost",
    summary:
      "{{ $labels.endpoint }} has refused walq {{ $labels.instance }} for {{ $value | humanizeDuration }}",
    meaning:
      'The endpoint says "not you" or "not here": 401, 403, 404 and the like. walq drops nothing for that. It waits, and asks again.',
    look: [
      "`walq status`: the status and the words of the endpoint.",
      "The login, the path and the tenant in the configuration; when the password or token file was last written.",
    ],
    act: [
      "Mend the login or the URL. A new token file is seen by itself, a new configuration after SIGHUP; both ask at once.",
    ],
    fires: { series: { [REFUSED]: "0+60x10" }, at: "5m", labels: ENDPOINT, value: "5m 0s" },
    rests: [
      {
        because: "it was refused once, for a moment",
        series: { [REFUSED]: "0 30 0 0 0" },
        at: "2m",
      },
    ],
  },
  {
    name: "WalqBehind",
    severity: "warning",
    expr: "walq:lag_seconds > 600 and increase(walq_delivered_signals_total[10m]) > 0",
    forTime: "10m",
    what: "what arrives is old: more than ten minutes",
    summary:
      "{{ $labels.endpoint }} is {{ $value | humanizeDuration }} behind walq {{ $labels.instance }}",
    meaning:
      "The endpoint takes signals, and they are more than ten minutes old: it is catching up after an outage, or it is slower than what comes in.",
    look: [
      "`walq:drain_seconds`: if it is there, the backlog shrinks, and that is how long it takes.",
      "Shards: `prometheus_remote_storage_shards_desired` over `prometheus_remote_storage_shards_max` means that there are too few.",
      "Retries by 429: the receiver limits walq.",
    ],
    act: [
      "If it shrinks: wait. If not: more shards (`max_shards`), larger requests (`batch_count_max`), or a higher limit at the receiver.",
    ],
    fires: {
      series: { [SENT]: "1+30x90", [PENDING]: "100+10x90", [DELIVERED]: "0+50x90" },
      at: "60m",
      labels: ENDPOINT,
      value: "29m 59s",
    },
    rests: [
      {
        because: "it keeps up",
        series: { [SENT]: "1+60x90", [PENDING]: "100+0x90", [DELIVERED]: "0+50x90" },
        at: "60m",
      },
      {
        because: "it takes nothing: that has an alert of its own",
        series: { [SENT]: "1+0x90", [PENDING]: "100+10x90", [DELIVERED]: "50+0x90" },
        at: "60m",
      },
    ],
  },
  {
    name: "WalqClockWrong",
    severity: "warning",
    expr: "abs(walq_clock_ahead_seconds) > 300 or abs(walq_clock_ahead_of_senders_seconds) > 600",
    forTime: "5m",
    what: "the clock of the host is wrong",
    summary: "the clock of {{ $labels.instance }} is off by {{ $value | humanizeDuration }}",
    meaning:
      "The host's clock differs from the endpoint's, or from what senders send, by minutes. Nothing is dropped for it: the `ttl` goes by the earlier of the host's and the endpoint's clock.",
    look: [
      "`date` on the host, and whether it has NTP. `walq status` says which clock differs.",
      "Off the senders alone: their clock is wrong, or they send a backlog.",
    ],
    act: ["Set the clock. walq notices by itself."],
    fires: { series: { [AHEAD]: "-400+0x20" }, at: "10m", labels: ENDPOINT, value: "6m 40s" },
    rests: [
      {
        because: "it is off by little",
        series: { [AHEAD]: "200+0x20", [AHEAD_OF_SENDERS]: "-500+0x20" },
        at: "10m",
      },
    ],
  },
  {
    name: "WalqOrphans",
    severity: "warning",
    expr: 'walq_orphaned_batches{drains_to=""} > 0',
    forTime: "15m",
    what: "files of an endpoint that nobody sends",
    summary:
      "walq {{ $labels.instance }} holds {{ $value }} files of {{ $labels.endpoint }}, which is not configured",
    meaning:
      "The configuration names an endpoint no more, and its files are still there. Nothing deletes them, and nobody sends them.",
    look: [
      "Whether the endpoint was renamed or removed on purpose. `walq inspect DIR` says what the files hold.",
    ],
    act: [
      "Renamed: name the old directory in `queue.drain_orphans`, with the endpoint that gets its files.",
      "Not wanted: name it in `queue.forget_orphans`.",
    ],
    fires: {
      series: { [orphans("")]: "3+0x30" },
      at: "20m",
      labels: { ...TARGET, endpoint: "old" },
      value: "3",
    },
    rests: [
      {
        because: "another endpoint gets them",
        series: { [orphans("mimir")]: "3+0x30" },
        at: "20m",
      },
    ],
  },
];
