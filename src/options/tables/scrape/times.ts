import type { CheckedScrapeDefaults } from "../../checked_scrape.ts";

const INTERVAL_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** How often is scraped, and how long a scrape may take. */
interface Times {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

type Given = Pick<CheckedScrapeDefaults, "scrapeIntervalMs" | "scrapeTimeoutMs">;

/** Those of `global`. As in Prometheus 0 is as good as nothing. */
export function defaultTimes({ scrapeIntervalMs, scrapeTimeoutMs }: Given): Times {
  const intervalMs = scrapeIntervalMs || INTERVAL_MS;
  return { intervalMs, timeoutMs: scrapeTimeoutMs || Math.min(TIMEOUT_MS, intervalMs) };
}

/** Those of a job. */
export function timesOf({ scrapeIntervalMs, scrapeTimeoutMs }: Given, global: Given): Times {
  const all = defaultTimes(global);
  const intervalMs = scrapeIntervalMs || all.intervalMs;
  return { intervalMs, timeoutMs: scrapeTimeoutMs || Math.min(all.timeoutMs, intervalMs) };
}
