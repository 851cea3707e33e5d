import type { StreamSnapshot } from "../../contracts.ts";
import type { QueueSnapshot } from "../../stats/queue_stats.ts";
import { VERSION } from "../../version.ts";
import type { ListenerStats, ProcessUsage } from "../host.ts";
import type { ReceiveStats } from "../../receive/receive_stats.ts";
import type { OtlpStats } from "../../receive/otlp_stats.ts";
import type { KindCounts } from "../../receive/push/push_stats.ts";
import type { ReloadStats } from "../reload_stats.ts";
import { ENDPOINT_METRICS } from "./endpoint_metrics.ts";
import type { Metric, MetricLine } from "./metric.ts";
import { SCRAPE_METRICS, type ScrapeView } from "./scrape_metrics.ts";

/** All that a scrape shows, at one moment. */
export interface AgentSnapshot {
  /** Undefined while the queue is not open. */
  readonly queue: QueueSnapshot | undefined;
  /** The names that endpoints were given, by those of their directories, where the two differ. */
  readonly remoteNames?: ReadonlyMap<string, string>;
  readonly receive: ReceiveStats;
  /** What was pushed as text, by kind. */
  readonly pushes?: ReadonlyMap<string, KindCounts>;
  readonly otlp?: Pick<OtlpStats, "pointsTotal" | "refusedTotal">;
  readonly deltas?: { readonly size: number };
  readonly readingBytes: number;
  /** Undefined while the port is not open. */
  readonly listener: ListenerStats | undefined;
  /** Undefined while nothing was ever scraped. */
  readonly scrape?: ScrapeView | undefined;
  readonly usage: ProcessUsage;
  readonly startedMs: number;
  readonly runtime: string;
  readonly reloads: Pick<ReloadStats, "successful" | "successMs">;
  /** Undefined where there is no web configuration file. */
  readonly webReloads?: Pick<ReloadStats, "successful" | "successMs"> | undefined;
  readonly logLinesLost: number;
}

const one = (value: number): MetricLine[] => [{ labels: {}, value }];

/** By the name of the stream: who sends it and who brings it are told apart from others by that. */
function ofStream(
  stream: StreamSnapshot | undefined,
  value: (of: StreamSnapshot) => number,
): MetricLine[] {
  return stream ? [{ labels: { stream: stream.stream }, value: value(stream) }] : [];
}

/** Where this process is to send. */
function ofSender(
  stream: StreamSnapshot | undefined,
  value: (of: StreamSnapshot) => number,
): MetricLine[] {
  return ofStream(stream?.sends ? stream : undefined, value);
}

/** Under its own name and Prometheus's, whose alerts go on working. */
const RELOADS: readonly Metric<AgentSnapshot>[] = ["walq", "prometheus"].flatMap((prefix) => [
  {
    name: `${prefix}_config_last_reload_successful`,
    type: "gauge",
    help: "1 when the latest attempt to read the configuration succeeded.",
    read: ({ reloads }) => one(Number(reloads.successful)),
  },
  {
    name: `${prefix}_config_last_reload_success_timestamp_seconds`,
    type: "gauge",
    help: "When the configuration was last read with success, since the epoch.",
    read: ({ reloads }) => one(reloads.successMs / 1000),
  },
]);

/** The file of the port, which is read again by itself: Prometheus has no metric for it. */
const WEB_RELOADS: readonly Metric<AgentSnapshot>[] = [
  {
    name: "walq_web_config_last_reload_successful",
    type: "gauge",
    help: "1 when the web configuration file, as it is now, is in force.",
    read: ({ webReloads }) => webReloads ? one(Number(webReloads.successful)) : [],
  },
  {
    name: "walq_web_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    help: "When the web configuration file was last read with success, since the epoch.",
    read: ({ webReloads }) => webReloads ? one(webReloads.successMs / 1000) : [],
  },
];

/** A line for each kind that came. */
function byKind(
  { pushes = new Map() }: AgentSnapshot,
  read: (counts: KindCounts) => number,
): MetricLine[] {
  return Array.from(pushes, ([kind, counts]) => ({ labels: { kind }, value: read(counts) }));
}

/** What came by OTLP (docs/otlp.md). */
const OTLP: readonly Metric<AgentSnapshot>[] = [
  {
    name: "walq_otlp_points_total",
    type: "counter",
    help: "Data points of OTLP in requests that were answered with 200.",
    read: ({ otlp }) => one(otlp?.pointsTotal ?? 0),
  },
  {
    name: "walq_otlp_refused_points_total",
    type: "counter",
    help: "Data points of OTLP among them that cannot be translated.",
    read: ({ otlp }) => one(otlp?.refusedTotal ?? 0),
  },
  {
    name: "walq_otlp_delta_streams",
    type: "gauge",
    help: "Streams of delta temporality whose sums are remembered.",
    read: ({ deltas }) => one(deltas?.size ?? 0),
  },
];

/** What was pushed as text (docs/push.md). */
const PUSHES: readonly Metric<AgentSnapshot>[] = [
  {
    name: "walq_push_requests_total",
    type: "counter",
    help: "Pushes of text answered, by kind and status.",
    read: ({ pushes = new Map() }) =>
      Array.from(
        pushes,
        ([kind, { answers }]) =>
          Array.from(answers, ([code, value]) => ({ labels: { kind, code: `${code}` }, value })),
      ).flat(),
  },
  {
    name: "walq_push_requests_in_flight",
    type: "gauge",
    help: "Pushes of text that have no answer yet, by kind.",
    read: (snapshot) => byKind(snapshot, ({ inFlight }) => inFlight),
  },
  {
    name: "walq_push_bytes_total",
    type: "counter",
    help: "Bytes of pushes of text, as they came.",
    read: (snapshot) => byKind(snapshot, ({ bytes }) => bytes),
  },
  {
    name: "walq_push_signals_total",
    type: "counter",
    help: "Signals taken from pushes of text.",
    read: (snapshot) => byKind(snapshot, ({ signals }) => signals),
  },
  {
    name: "walq_push_left_out_total",
    type: "counter",
    help: "Parts of pushes of text that were left out, by kind and reason.",
    read: ({ pushes = new Map() }) =>
      Array.from(
        pushes,
        ([kind, { leftOut }]) =>
          Array.from(leftOut, ([reason, value]) => ({ labels: { kind, reason }, value })),
      ).flat(),
  },
];

const OWN: readonly Metric<AgentSnapshot>[] = [
  {
    name: "walq_build_info",
    type: "gauge",
    help: "Always 1; the labels say what runs.",
    read: ({ runtime }) => [{ labels: { version: VERSION, runtime }, value: 1 }],
  },
  {
    name: "walq_buffered_signals",
    type: "gauge",
    help: "Signals committed and not in a file yet.",
    read: ({ queue }) => queue ? one(queue.bufferedSignals) : [],
  },
  {
    name: "walq_refused_signals_total",
    type: "counter",
    help: "Signals turned away before they were accepted, by reason.",
    read: ({ queue }) =>
      Object.entries(queue?.refused ?? {}).map(([reason, value]) => ({
        labels: { reason },
        value,
      })),
  },
  {
    name: "walq_store_failing",
    type: "gauge",
    help: "1 while the disk, or the stream, refuses what comes in.",
    read: ({ queue }) => queue ? one(Number(queue.storeFailing)) : [],
  },
  {
    name: "walq_stream_partitions",
    type: "gauge",
    help: "Partitions of the stream that the queue is in.",
    read: ({ queue }) => ofStream(queue?.stream, ({ partitions }) => partitions),
  },
  {
    name: "walq_stream_partitions_sent",
    type: "gauge",
    help: "Partitions of it that this process sends, and sees what is in them.",
    read: ({ queue }) =>
      ofStream(queue?.stream, ({ sent, notFollowed }) => notFollowed ? 0 : sent.length),
  },
  {
    name: "walq_stream_partitions_unowned",
    type: "gauge",
    help: "Partitions of it that nobody sends, as far as this process knows.",
    read: ({ queue }) => ofSender(queue?.stream, ({ unowned }) => unowned),
  },
  {
    name: "walq_stream_senders",
    type: "gauge",
    help: "Processes that send it, this one among them.",
    read: ({ queue }) => ofSender(queue?.stream, ({ senders }) => senders.length),
  },
  {
    name: "walq_data_path_lost",
    type: "gauge",
    help: "1 while nothing is taken or sent: the data path or its lock was removed.",
    read: ({ queue }) => queue ? one(Number(queue.dataPathLost !== undefined)) : [],
  },
  {
    name: "walq_clock_ahead_of_senders_seconds",
    type: "gauge",
    help: "How far the clock is ahead of the newest timestamps that come in; below 0 behind them.",
    read: ({ queue }) => {
      const aheadMs = queue?.clock.aheadOfSendersMs;
      return aheadMs === undefined ? [] : one(aheadMs / 1000);
    },
  },
  {
    name: "walq_orphaned_batches",
    type: "gauge",
    help:
      "Files of endpoints that are not configured any more; drains_to is empty while nobody sends them.",
    read: ({ queue }) =>
      (queue?.orphans ?? []).map(({ name, batches, drainsTo = "" }) => ({
        labels: { endpoint: name, drains_to: drainsTo },
        value: batches,
      })),
  },
  {
    name: "walq_forgotten_signals_total",
    type: "counter",
    help: "Signals in files that were deleted because forget_orphans names them.",
    read: ({ queue }) => queue ? one(queue.forgottenSignals) : [],
  },
  ...RELOADS,
  ...WEB_RELOADS,
  {
    name: "walq_log_lines_lost_total",
    type: "counter",
    help: "Lines of the log that standard error did not take.",
    read: ({ logLinesLost }) => one(logLinesLost),
  },
  {
    name: "walq_receive_requests_total",
    type: "counter",
    help: "Remote write requests answered, by status.",
    read: ({ receive }) =>
      Array.from(
        receive.answersTotal,
        ([code, value]) => ({ labels: { code: String(code) }, value }),
      ),
  },
  {
    name: "walq_receive_bytes_total",
    type: "counter",
    help: "Bytes of remote write requests, compressed.",
    read: ({ receive }) => one(receive.bytesTotal),
  },
  {
    name: "walq_receive_requests_in_flight",
    type: "gauge",
    help: "Requests of remote write and OTLP that have no answer yet.",
    read: ({ receive }) => one(receive.inFlight),
  },
  ...PUSHES,
  ...OTLP,
  {
    name: "walq_receive_reading_bytes",
    type: "gauge",
    help: "Bytes of request bodies in memory.",
    read: ({ readingBytes }) => one(readingBytes),
  },
  {
    name: "walq_http_clients",
    type: "gauge",
    help: "Clients that are connected.",
    read: ({ listener }) => listener ? one(listener.connections) : [],
  },
  {
    name: "walq_http_refused_clients_total",
    type: "counter",
    help: "Clients that were told to come again, or cut, because there were too many at once.",
    read: ({ listener }) => listener ? one(listener.refusedTotal) : [],
  },
  {
    name: "walq_http_slow_clients_total",
    type: "counter",
    help: "Clients that were cut because their request or the taking of an answer did not get on.",
    read: ({ listener }) => listener ? one(listener.slowTotal) : [],
  },
  {
    name: "walq_http_port_reopened_total",
    type: "counter",
    help: "Times that the port took no connections any more and was opened anew.",
    read: ({ listener }) => listener ? one(listener.reopenedTotal) : [],
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "User and system CPU time.",
    read: ({ usage }) => one(usage.cpuSeconds),
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory.",
    read: ({ usage }) => one(usage.residentBytes),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process started, since the epoch.",
    read: ({ startedMs }) => one(startedMs / 1000),
  },
];

/** Every metric of the program. */
export const AGENT_METRICS: readonly Metric<AgentSnapshot>[] = [
  ...OWN,
  ...SCRAPE_METRICS.map(({ read, ...metric }): Metric<AgentSnapshot> => ({
    ...metric,
    read: ({ scrape }) => scrape === undefined ? [] : read(scrape),
  })),
  ...ENDPOINT_METRICS.map(({ read, ...metric }): Metric<AgentSnapshot> => ({
    ...metric,
    read: ({ queue, remoteNames }) =>
      (queue?.endpoints ?? []).flatMap((endpoint) =>
        read({ ...endpoint, remoteName: remoteNames?.get(endpoint.name) ?? endpoint.name })
      ),
  })),
];
