/** Alerts about the program, its host and what comes in. */
import { type Alert, ENDPOINT, selector, TARGET } from "../alert.ts";
import { grew } from "../expressions.ts";

const UP = selector("up", TARGET);
const INFO = selector("walq_build_info", { ...TARGET, version: "0.1.0", runtime: "node" });
const STARTED = selector("process_start_time_seconds", TARGET);
const FAILING = selector("walq_store_failing", TARGET);
const PATH_LOST = selector("walq_data_path_lost", TARGET);
const QUARANTINED = selector("walq_quarantined_files_total");
const RELOAD = selector("walq_config_last_reload_successful", TARGET);
const WEB_RELOAD = selector("walq_web_config_last_reload_successful", TARGET);
const refused = (reason: string) => selector("walq_refused_signals_total", { ...TARGET, reason });
const TURNED_AWAY = selector("walq_http_refused_clients_total", TARGET);
const UNCOMMITTED = selector("walq_scrapes_uncommitted_total", TARGET);

export const HOST_ALERTS: readonly Alert[] = [
  {
    name: "WalqDown",
    severity: "critical",
    expr: "up == 0 and on (job, instance) count_over_time(walq_build_info[1d]) > 0",
    forTime: "5m",
    what: "walq does not answer",
    summary: "walq {{ $labels.instance }} has not answered for 5 minutes",
    meaning:
      "A target that was a walq within the last day cannot be scraped. What it has acknowledged is on its disk. Senders that keep what is not acknowledged (Prometheus, vmagent, Alloy, walq) lose nothing for as long as they keep it.",
    look: [
      "Whether the process runs: `systemctl status walq`, `docker ps`, and the end of its log.",
      "`walq check --config FILE`: a configuration that is wrong ends a start with its file and line.",
    ],
    act: ["Start it. It goes on where it was."],
    fires: { series: { [INFO]: "1x5 _x20", [UP]: "1x5 0x20" }, at: "15m", labels: TARGET },
    rests: [
      { because: "it is no walq", series: { [UP]: "0x30" }, at: "15m" },
      { because: "it answers", series: { [INFO]: "1x30", [UP]: "1x30" }, at: "15m" },
    ],
  },
  {
    name: "WalqRestartsOften",
    severity: "warning",
    expr: "changes(process_start_time_seconds[1h]) > 3 and on (job, instance) walq_build_info",
    forTime: "0m",
    what: "walq starts again and again",
    summary: "walq {{ $labels.instance }} has started {{ $value }} times in an hour",
    meaning:
      "The process ends and is started anew. Nothing that was acknowledged is lost by it; what was on its way may arrive twice.",
    look: [
      "The last lines of the log before each start; `journalctl -u walq`, `dmesg` for the out-of-memory killer.",
      "`process_resident_memory_bytes` against the limit of the unit or the container.",
    ],
    act: [
      "More memory, if it was killed for that: docs/performance.md says how much. Else report it, with the log.",
    ],
    fires: {
      series: { [INFO]: "1x30", [STARTED]: "1 1 2 2 3 3 4 4 5 5 5 5" },
      at: "10m",
      labels: TARGET,
      value: "4",
    },
    rests: [
      {
        because: "one restart is an upgrade",
        series: { [INFO]: "1x30", [STARTED]: "1x5 2x25" },
        at: "20m",
      },
    ],
  },
  {
    name: "WalqDiskRefuses",
    severity: "critical",
    expr: "walq_store_failing == 1",
    forTime: "1m",
    what: "the disk refuses writes: senders get 503",
    summary: "the disk of walq {{ $labels.instance }} refuses writes",
    meaning:
      "Nothing new can be made durable, so nothing new is acknowledged: senders get 503 and come again, scrapes are lost. What is on the disk is still sent.",
    look: [
      "`df -h` and `df -i` on the data path; `dmesg`; whether it became read-only.",
      "`walq_store_errors_total` says for which endpoint; the log has the error of the system.",
    ],
    act: [
      "Make room, or mount it writable again; walq goes on by itself.",
      "Bound the queue by `queue_config.max_disk_bytes`, so that it is not what fills the disk.",
    ],
    fires: { series: { [FAILING]: "0 1x10" }, at: "5m", labels: TARGET },
    rests: [{ because: "it failed for a moment", series: { [FAILING]: "0 1 0x10" }, at: "5m" }],
  },
  {
    name: "WalqDataPathLost",
    severity: "critical",
    expr: "walq_data_path_lost == 1",
    forTime: "0m",
    what: "the data path or its lock was removed",
    summary: "somebody removed the data path of walq {{ $labels.instance }}, or its lock",
    meaning:
      "walq takes nothing and sends nothing, since another process may own the directory by now.",
    look: [
      "`dataPathLost` in `/api/v1/status` says what happened, and what to do.",
      "Who removed it: a clean-up job, a volume that went away, a second walq.",
    ],
    act: [
      "Bring the directory back if it was moved, and start walq again. Never remove `walq.lock` by hand.",
    ],
    fires: { series: { [PATH_LOST]: "0 1x5" }, at: "3m", labels: TARGET },
    rests: [{ because: "it is there", series: { [PATH_LOST]: "0x5" }, at: "3m" }],
  },
  {
    name: "WalqQuarantine",
    severity: "warning",
    expr: "walq_quarantined_files_total > 0",
    forTime: "0m",
    what: "a damaged file was set aside",
    summary: "walq {{ $labels.instance }} set aside files of {{ $labels.endpoint }} in quarantine/",
    meaning:
      "A file could not be read, or the endpoint failed with it three times. It lies in `quarantine/` with the reason beside it, and the queue goes on behind it. Signals in it count as `corrupt`. The alert rests when walq has started anew.",
    look: [
      "`quarantine/` in the directory of the endpoint: the reason lies beside each file.",
      "Of a queue in a stream it is no file: it is kept in the subject `<stream>.aside`, and the page and the log (`batch set aside`) have the reason. Of a message that somebody deleted by hand nothing is kept.",
      "`walq inspect FILE`: what of it can be read. The disk, if more than one is damaged.",
    ],
    act: [
      "`walq repair` saves what can be saved of a stopped queue. Delete what is not wanted any more; nothing else does.",
    ],
    fires: { series: { [QUARANTINED]: "0x5 1x10" }, at: "10m", labels: ENDPOINT },
    rests: [{ because: "none was", series: { [QUARANTINED]: "0x10" }, at: "5m" }],
  },
  {
    name: "WalqSignalsTurnedAway",
    severity: "warning",
    expr: grew("walq_refused_signals_total", "15m"),
    forTime: "0m",
    what: "signals do not come in",
    summary: "walq {{ $labels.instance }} turns signals away: {{ $labels.reason }}",
    meaning:
      "Signals were refused before they were accepted, and their sender was told by a 400. `ttl`: they were too old already. `invalid`: they break a rule, or their timestamp is in another unit. `unsupported`: the file format in use cannot carry them.",
    look: [
      "The log, and the 400: both name the first metric, its timestamp and the rule.",
      "The clock of the sender, or a backlog that it sends.",
    ],
    act: [
      "Mend the sender. For a backlog older than `ttl`, raise `queue.ttl` for as long as it takes.",
    ],
    fires: {
      series: { [refused("ttl")]: "0x15 3x10", [refused("invalid")]: "2x30" },
      at: "20m",
      labels: { ...TARGET, reason: "ttl" },
    },
    rests: [{ because: "it was before", series: { [refused("ttl")]: "3x30" }, at: "20m" }],
  },
  {
    name: "WalqClientsTurnedAway",
    severity: "warning",
    expr: grew("walq_http_refused_clients_total", "15m"),
    forTime: "0m",
    what: "senders are turned away: too many at once",
    summary: "walq {{ $labels.instance }} has too many clients at once",
    meaning:
      "More clients connected than `server.max_connections` allows, or than there are file descriptors for. They got a 503 and come again.",
    look: [
      "`walq_http_clients`, and which addresses connect: a sender that opens connections and keeps them?",
      "`ulimit -n` of the process: half of it counts.",
    ],
    act: ["Raise `server.max_connections`, and `LimitNOFILE` of the unit with it."],
    fires: { series: { [TURNED_AWAY]: "0x5 3x10" }, at: "10m", labels: TARGET },
    rests: [{ because: "it was before", series: { [TURNED_AWAY]: "3x30" }, at: "20m" }],
  },
  {
    name: "WalqScrapesLost",
    severity: "critical",
    expr: grew("walq_scrapes_uncommitted_total", "15m"),
    forTime: "0m",
    what: "scrapes are missing: the disk refused them",
    summary: "walq {{ $labels.instance }} lost scrapes",
    meaning:
      "A page was scraped and could not be put into the queue until the next one was due. A scrape has no sender that comes again: these samples are missing everywhere.",
    look: [
      "[WalqDiskRefuses](#walqdiskrefuses) and [WalqFullSoon](#walqfullsoon): one of them is the cause, with `on_full: reject`.",
    ],
    act: ["Make room on the disk, or in the queue."],
    fires: { series: { [UNCOMMITTED]: "0x5 3x10" }, at: "10m", labels: TARGET },
    rests: [{ because: "it was before", series: { [UNCOMMITTED]: "3x30" }, at: "20m" }],
  },
  {
    name: "WalqReloadFailed",
    severity: "warning",
    expr: "walq_config_last_reload_successful == 0",
    forTime: "5m",
    what: "a reload failed: the old options are used",
    summary: "walq {{ $labels.instance }} could not read its configuration",
    meaning: "The file is wrong. What was read before stays in force; the next start would fail.",
    look: ["`walq check --config FILE`: the file and the line."],
    act: ["Mend it, and send SIGHUP."],
    fires: { series: { [RELOAD]: "1 0x20" }, at: "10m", labels: TARGET },
    rests: [{ because: "the next one went well", series: { [RELOAD]: "1 0 0 1x20" }, at: "10m" }],
  },
  {
    name: "WalqWebConfigBroken",
    severity: "warning",
    expr: "walq_web_config_last_reload_successful == 0",
    forTime: "5m",
    what: "a web configuration file is broken: the last good one is used",
    summary: "walq {{ $labels.instance }} cannot use its web configuration file",
    meaning:
      "The file, or a certificate that it names, is broken, half written, gone, or wants a restart. The last good one stays in force; a certificate in it may be about to end.",
    look: ["The log names the file and the line; `walq check --config FILE` too."],
    act: ["Mend it; it is read again by itself."],
    fires: { series: { [WEB_RELOAD]: "1 0x20" }, at: "10m", labels: TARGET },
    rests: [{ because: "it was being written", series: { [WEB_RELOAD]: "1 0 1x20" }, at: "10m" }],
  },
];
