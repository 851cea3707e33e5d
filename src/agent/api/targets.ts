/** `/api/v1/targets` and `/api/v1/scrape_pools`, as Prometheus has them. */
import type { ScrapeLoop } from "../../scrape/scrape_loop.ts";
import type { DroppedTarget, ScrapePool } from "../../scrape/scrape_pool.ts";
import { shownLabels, shownTarget } from "../../shown_params.ts";
import { globalUrl, type ServerAddress } from "./global_url.ts";

/** What Go shows of a time that never was. */
const NEVER = "0001-01-01T00:00:00Z";

/** The targets that are scraped, and those that are not. */
export function targets(
  pools: readonly ScrapePool[],
  params: URLSearchParams,
  server: ServerAddress,
): unknown {
  const state = (params.get("state") ?? "").toLowerCase();
  const name = params.get("scrapePool") ?? "";
  const isShown = (one: string): boolean => state === "" || state === "any" || state === one;
  const asked = pools.filter(({ job: { jobName } }) => name === "" || name === jobName);
  const active = isShown("active") ? asked : [];
  const dropped = isShown("dropped") ? asked : [];
  return {
    activeTargets: active.flatMap((pool) => pool.active.map((loop) => shown(loop, pool, server))),
    droppedTargets: dropped.flatMap((pool) =>
      pool.dropped.map((target) => shownDropped(target, pool))
    ),
    droppedTargetCounts: isShown("dropped")
      ? Object.fromEntries(pools.map(({ job, droppedCount }) => [job.jobName, droppedCount]))
      : null,
  };
}

/** Their names. */
export function scrapePools(pools: readonly ScrapePool[]): unknown {
  return { scrapePools: pools.map(({ job }) => job.jobName) };
}

function shown({ target }: ScrapeLoop, { job }: ScrapePool, server: ServerAddress): unknown {
  const { labels, lastScrapeMs } = target;
  const url = shownTarget(target.url);
  return {
    discoveredLabels: shownLabels(target.discovered),
    labels: shownLabels(target.publicLabels),
    scrapePool: job.jobName,
    scrapeUrl: url,
    globalUrl: globalUrl(url, server),
    lastError: target.lastError,
    lastScrape: lastScrapeMs === undefined ? NEVER : new Date(lastScrapeMs).toISOString(),
    lastScrapeDuration: target.lastDurationMs / 1000,
    health: target.health,
    scrapeInterval: labels["__scrape_interval__"],
    scrapeTimeout: labels["__scrape_timeout__"],
  };
}

/** Prometheus does not show those that cannot be scraped; here they are among those that are dropped, with the reason. */
function shownDropped({ discovered, fault }: DroppedTarget, { job }: ScrapePool): unknown {
  const discoveredLabels = shownLabels(discovered);
  return { discoveredLabels, scrapePool: job.jobName, ...fault && { reason: fault } };
}
