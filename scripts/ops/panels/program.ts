/** What comes in, what is scraped, and the process. */
import { ENDPOINT, lines, PROGRAM, type Row } from "../panel.ts";
import { series } from "../expressions.ts";

const each = (name: string): string => series(name, PROGRAM);
const rate = (name: string): string => `rate(${each(name)}[$__rate_interval])`;

export const RECEIVING: Row = {
  title: "What comes in",
  panels: [
    lines(
      "Answers",
      "cps",
      "Requests a second, by status: 204 is durable, 400 names what was not kept, 503 says come again.",
      {
        "{{code}} {{instance}}": rate("walq_receive_requests_total"),
        "{{kind}} {{code}} {{instance}}": rate("walq_push_requests_total"),
      },
      { isStacked: true },
    ),
    lines("Received", "Bps", "Bytes of requests, as they came.", {
      "remote write and OTLP {{instance}}": rate("walq_receive_bytes_total"),
      "{{kind}} {{instance}}": rate("walq_push_bytes_total"),
    }),
    lines("Turned away, by reason", "cps", "Signals that were refused before they were accepted.", {
      "{{reason}} {{instance}}": rate("walq_refused_signals_total"),
    }),
    lines("Clients", "short", "Connected, and requests that have no answer yet.", {
      "connected {{instance}}": each("walq_http_clients"),
      "under way {{instance}}": each("walq_receive_requests_in_flight"),
    }),
    lines("Clients that were cut", "short", "Too many at once, or too slow.", {
      "too many {{instance}}": `increase(${
        each("walq_http_refused_clients_total")
      }[$__rate_interval])`,
      "too slow {{instance}}": `increase(${
        each("walq_http_slow_clients_total")
      }[$__rate_interval])`,
    }),
    lines(
      "OpenTelemetry",
      "cps",
      "Data points that were taken, and those that cannot be translated.",
      {
        "taken {{instance}}": rate("walq_otlp_points_total"),
        "refused {{instance}}": rate("walq_otlp_refused_points_total"),
      },
    ),
  ],
};

export const SCRAPING: Row = {
  title: "What it scrapes",
  isClosed: true,
  panels: [
    lines("Targets", "short", "Targets of each job.", {
      "{{scrape_job}} {{instance}}": each("prometheus_target_scrape_pool_targets"),
    }),
    lines("Series", "short", "Series in the last pages of each job.", {
      "{{scrape_job}} {{instance}}": each("walq_scrape_pool_series"),
    }),
    lines("Scrapes", "cps", "Begun a second.", { "{{instance}}": rate("walq_scrapes_total") }),
    lines(
      "Scrapes that are missing",
      "short",
      "The disk refused them, or had no room until the next one was due.",
      {
        "{{instance}}": `increase(${each("walq_scrapes_uncommitted_total")}[$__rate_interval])`,
      },
    ),
  ],
};

export const PROCESS: Row = {
  title: "The process",
  panels: [
    lines("CPU", "percentunit", "Of one core.", {
      "{{instance}}": rate("process_cpu_seconds_total"),
    }, { width: 8 }),
    lines(
      "Memory",
      "bytes",
      "Resident.",
      { "{{instance}}": each("process_resident_memory_bytes") },
      { width: 8 },
    ),
    lines("Runs for", "s", "Since its start.", {
      "{{version}} {{runtime}} {{instance}}": `(time() - ${
        each("process_start_time_seconds")
      }) * on (job, instance) group_right () ${each("walq_build_info")}`,
    }, { width: 8 }),
    lines("Configuration", "none", "1 while what was read last is in force, 0 while it is wrong.", {
      "walq.yaml {{instance}}": each("walq_config_last_reload_successful"),
      "web {{instance}}": each("walq_web_config_last_reload_successful"),
    }, { width: 8 }),
    lines("Lines of the log that were lost", "short", "Standard error did not take them.", {
      "{{instance}}": `increase(${each("walq_log_lines_lost_total")}[$__rate_interval])`,
    }, { width: 8 }),
    lines("Number of endpoints", "short", "How many there are.", {
      "{{instance}}": `count by (job, instance) (${series("walq_pending_signals", ENDPOINT)})`,
    }, { width: 8 }),
  ],
};
