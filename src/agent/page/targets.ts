/** Targets for people: a page of them, by what is looked for. */
import { shownLabels } from "../../shown_params.ts";
import { shownUrl } from "../../shown_url.ts";
import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import type { ScrapeLoop } from "../../scrape/scrape_loop.ts";
import type { TargetLine, TargetsEvent } from "./protocol.ts";

/** Targets on one page. */
export const TARGETS_ON_PAGE = 50;
const ERROR_LENGTH_MAX = 300;
const LABELS_LENGTH_MAX = 500;

/** Which targets are looked at. */
export interface TargetChoice {
  readonly job: string;
  readonly health: string;
  /** In the URL, the labels or the error, in any letter case. */
  readonly text: string;
  readonly offset: number;
}

/** How many there are, by their health. */
export function targetCounts(pools: readonly ScrapePool[]): Record<TargetLine["health"], number> {
  const counts = { up: 0, down: 0, unknown: 0 };
  for (const { active } of pools) for (const { target } of active) counts[target.health]++;
  return counts;
}

/** The page of those that are asked for. */
export function targetsEvent(pools: readonly ScrapePool[], choice: TargetChoice): TargetsEvent {
  const text = choice.text.toLowerCase();
  const found: { readonly pool: ScrapePool; readonly loop: ScrapeLoop }[] = [];
  for (const pool of pools) {
    if (choice.job !== "" && choice.job !== pool.job.jobName) continue;
    for (const loop of pool.active) {
      if (choice.health !== "" && choice.health !== loop.target.health) continue;
      if (text !== "" && !textOf(loop).includes(text)) continue;
      found.push({ pool, loop });
    }
  }
  const last = Math.max(0, Math.ceil(found.length / TARGETS_ON_PAGE) - 1) * TARGETS_ON_PAGE;
  const offset = Math.min(Math.max(0, choice.offset), last);
  return {
    total: found.length,
    offset,
    jobs: pools.map(({ job }) => job.jobName),
    lines: found.slice(offset, offset + TARGETS_ON_PAGE).map(({ pool, loop }) =>
      lineOf(pool, loop)
    ),
  };
}

function lineOf({ job }: ScrapePool, { target }: ScrapeLoop): TargetLine {
  const labels = labelsOf(target.publicLabels);
  const url = urlOf(target.url);
  return {
    id: `${job.jobName} ${url} ${labels}`,
    job: job.jobName,
    url,
    health: target.health,
    error: target.lastError.slice(0, ERROR_LENGTH_MAX),
    labels: labels.slice(0, LABELS_LENGTH_MAX),
    lastScrapeMs: target.lastScrapeMs ?? 0,
    durationMs: target.lastDurationMs,
  };
}

/** Without what may hold a password: parameters are not shown. */
function urlOf(text: string): string {
  if (!URL.canParse(text)) return shownUrl(text);
  const { origin, pathname, search } = new URL(text);
  return origin + pathname + (search === "" ? "" : "?…");
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(shownLabels(labels)).map(([name, value]) =>
    `${name}=${JSON.stringify(value)}`
  )
    .join(", ");
}

function textOf({ target }: ScrapeLoop): string {
  return `${urlOf(target.url)} ${labelsOf(target.publicLabels)} ${target.lastError}`
    .toLowerCase();
}
