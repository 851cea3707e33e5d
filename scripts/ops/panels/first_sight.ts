/** Is anything lost, who is down, how far behind, when full, what refuses. */
import {
  drainSeconds,
  fullRatio,
  fullSeconds,
  lagSeconds,
  lost,
  rejected,
  series,
  takesNothing,
  ttlLeftSeconds,
  unaccounted,
} from "../expressions.ts";
import {
  ENDPOINT,
  NONE_IS_BEST,
  NONE_IS_WELL,
  PROGRAM,
  type Row,
  stat,
  type Table,
} from "../panel.ts";

const MINUTE_S = 60;
const DISK_TEXTS = {
  "0": "takes writes",
  "1": "refuses writes",
  "2": "data path lost",
  "3": "data path lost",
};
const over = (counter: string): string => `sum(increase(${counter}[$__range]))`;
const refused = series("walq_refused_signals_total", PROGRAM);
const failing = series("walq_store_failing", PROGRAM);
const pathLost = series("walq_data_path_lost", PROGRAM);
const unanswered =
  `up{${PROGRAM}} == 0 and on (job, instance) count_over_time(walq_build_info[1d])`;

const TABLE: Table = {
  type: "table",
  title: "Endpoints",
  doc:
    "A row for each endpoint, as it is now. What is lost and rejected is of the time that is looked at.",
  unit: "short",
  width: 24,
  height: 8,
  queries: [
    { legend: "pending", expr: series("walq_pending_signals", ENDPOINT) },
    { legend: "behind", expr: lagSeconds(ENDPOINT) },
    { legend: "lost by age in", expr: ttlLeftSeconds(ENDPOINT) },
    { legend: "empty in", expr: drainSeconds(ENDPOINT) },
    { legend: "on disk", expr: series("walq_disk_bytes", ENDPOINT) },
    {
      legend: "in",
      expr: `rate(${series("walq_accepted_signals_total", ENDPOINT)}[$__rate_interval])`,
    },
    {
      legend: "out",
      expr: `rate(${series("walq_delivered_signals_total", ENDPOINT)}[$__rate_interval])`,
    },
    { legend: "lost", expr: `sum without (reason) (increase(${lost(ENDPOINT)}[$__range]))` },
    {
      legend: "rejected",
      expr: `sum without (reason) (increase(${rejected(ENDPOINT)}[$__range]))`,
    },
    { legend: "refuses walq for", expr: series("walq_endpoint_refused_seconds", ENDPOINT) },
  ],
  units: {
    behind: "s",
    "lost by age in": "s",
    "empty in": "s",
    "on disk": "bytes",
    in: "cps",
    out: "cps",
    "refuses walq for": "s",
  },
};

/** Five beside each other. */
const WIDE = { width: 5 } as const;

export const FIRST_SIGHT: Row = {
  title: "At first sight",
  panels: [
    stat(
      "Lost",
      "short",
      "Signals that were accepted and given up although nobody wanted that. Without those that an endpoint rejected.",
      over(lost(ENDPOINT)),
      { steps: NONE_IS_WELL },
    ),
    stat(
      "Rejected",
      "short",
      "Signals that an endpoint refused for good.",
      over(rejected(ENDPOINT)),
      {
        steps: NONE_IS_BEST,
      },
    ),
    stat(
      "Turned away",
      "short",
      "Signals that were refused before they were accepted; their sender was told.",
      over(refused),
      { steps: NONE_IS_BEST },
    ),
    stat(
      "Take nothing",
      "short",
      "Endpoints that have had something to take for ten minutes, and took nothing.",
      `count(${takesNothing(ENDPOINT)})`,
      { steps: NONE_IS_WELL },
    ),
    stat(
      "Refuse walq",
      "short",
      'Endpoints that say "not you" or "not here": what is pending waits.',
      `count(${series("walq_endpoint_refused_seconds", ENDPOINT)} > 0)`,
      { steps: NONE_IS_WELL },
    ),
    stat(
      "Do not answer",
      "short",
      "walqs of the last day that cannot be scraped.",
      `count(${unanswered})`,
      { steps: NONE_IS_WELL },
    ),
    stat(
      "Disk",
      "none",
      "Whether the disk takes writes, and the data path is there.",
      `max(${failing}) + 2 * max(${pathLost})`,
      { steps: NONE_IS_WELL, texts: DISK_TEXTS },
    ),
    stat(
      "Accounts",
      "none",
      "accepted = delivered + dropped + pending, of every endpoint. Anything else is a bug.",
      `max(abs(${unaccounted(ENDPOINT)}))`,
      { steps: NONE_IS_WELL, texts: { "0": "close" } },
    ),
    stat(
      "Furthest behind",
      "s",
      "How old the newest signal is that the endpoint took which is furthest behind.",
      `max(${lagSeconds(ENDPOINT)})`,
      { ...WIDE, steps: [[null, "green"], [2 * MINUTE_S, "orange"], [10 * MINUTE_S, "red"]] },
    ),
    stat(
      "Lost by age in",
      "s",
      "Until what waits longest is over the ttl, and is dropped.",
      `min(${ttlLeftSeconds(ENDPOINT)})`,
      {
        ...WIDE,
        steps: [[null, "red"], [30 * MINUTE_S, "orange"], [90 * MINUTE_S, "green"]],
        nothing: "nothing waits",
      },
    ),
    stat(
      "Full",
      "percentunit",
      "How much of max_disk_bytes the fullest queue has.",
      `max(${fullRatio(ENDPOINT)})`,
      { ...WIDE, steps: [[null, "green"], [0.6, "orange"], [0.8, "red"]], nothing: "no bound" },
    ),
    stat(
      "Full in",
      "s",
      "Until max_disk_bytes is reached, at the pace of the last quarter of an hour.",
      `min(${fullSeconds(ENDPOINT)})`,
      {
        ...WIDE,
        steps: [[null, "red"], [60 * MINUTE_S, "orange"], [360 * MINUTE_S, "green"]],
        nothing: "not on the way",
      },
    ),
    stat(
      "Set aside",
      "short",
      "Damaged files in quarantine/ since the start.",
      `sum(${series("walq_quarantined_files_total", ENDPOINT)})`,
      { width: 4, steps: NONE_IS_BEST },
    ),
    TABLE,
  ],
};
