/** `/api/v1/metadata` and `/api/v1/targets/metadata`, as Prometheus has them. */
import type { FamilyMetadata } from "../../contracts.ts";
import type { ScrapeLoop } from "../../scrape/scrape_loop.ts";
import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import { shownLabels } from "../../shown_params.ts";
import { parseSelector, SelectorError } from "../../scrape/selector.ts";
import { ApiError, numberParam } from "./answers.ts";

/** One of the things that are said of a family. */
interface Said {
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** What targets say of families of metrics: each thing once, whoever says it. */
export function metadata(pools: readonly ScrapePool[], params: URLSearchParams): unknown {
  const limit = numberParam(params, "limit") ?? -1;
  const perMetric = numberParam(params, "limit_per_metric") ?? -1;
  const families = new Map<string, Map<string, Said>>();
  for (const loop of pools.flatMap(({ active }) => active)) {
    for (const { family, type, help, unit } of familiesOf(loop, params.get("metric") ?? "")) {
      const known = families.get(family) ?? new Map<string, Said>();
      families.set(family, known);
      if (perMetric > 0 && known.size >= perMetric) continue;
      known.set(JSON.stringify([type, help, unit]), { type, unit, help });
    }
  }
  const asked = limit >= 0 ? [...families].slice(0, limit) : [...families];
  return Object.fromEntries(asked.map(([family, said]) => [family, [...said.values()]]));
}

/** The same by target. */
export function targetMetadata(pools: readonly ScrapePool[], params: URLSearchParams): unknown {
  const limit = numberParam(params, "limit") ?? -1;
  const metric = params.get("metric") ?? "";
  const matches = selectorOf(params.get("match_target") ?? "");
  const found: unknown[] = [];
  for (const loop of pools.flatMap(({ active }) => active)) {
    if (limit >= 0 && found.length >= limit) break;
    const labels = loop.target.publicLabels;
    if (!matches(labels)) continue;
    const shown = shownLabels(labels);
    for (const { family, type, help, unit } of familiesOf(loop, metric)) {
      // Who asks for one metric knows its name.
      found.push({ target: shown, ...metric === "" && { metric: family }, type, help, unit });
    }
  }
  return found;
}

function familiesOf({ series }: ScrapeLoop, metric: string): readonly FamilyMetadata[] {
  const all = series?.pages.metadata() ?? [];
  return metric === "" ? all : all.filter(({ family }) => family === metric);
}

function selectorOf(text: string): ReturnType<typeof parseSelector> {
  if (text === "") return () => true;
  try {
    return parseSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new ApiError("bad_data", `invalid parameter "match_target": ${error.message}`);
  }
}
