import type { Hono } from "hono";
import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import { allowOnly } from "../../receive/allow_only.ts";
import type { Incoming } from "../host.ts";
import { ApiError, respond, respondLater } from "./answers.ts";
import type { ServerAddress } from "./global_url.ts";
import { scrapePoolConfig } from "./job_config.ts";
import { metadata, targetMetadata } from "./metadata.ts";
import { targetRelabelSteps } from "./relabel_steps.ts";
import { scrapePools, targets } from "./targets.ts";
import type { ShownConfig } from "./used_config.ts";

/** What the API shows, at this moment. */
export interface ApiView {
  readonly pools: readonly ScrapePool[];
  readonly server: ServerAddress;
  /** Undefined until there is one. */
  readonly config?: ShownConfig | undefined;
}

/** Answers a question, by its parameters. */
type Answer = (view: ApiView, params: URLSearchParams) => unknown;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/api/v1/targets": ({ pools, server }, params) => targets(pools, params, server),
  "/api/v1/targets/metadata": ({ pools }, params) => targetMetadata(pools, params),
  "/api/v1/targets/relabel_steps": ({ pools }, params) => targetRelabelSteps(pools, params),
  "/api/v1/scrape_pools": ({ pools }) => scrapePools(pools),
  "/api/v1/scrape_pools/config": ({ pools }, params) => scrapePoolConfig(pools, params),
  "/api/v1/metadata": ({ pools }, params) => metadata(pools, params),
};

/** The questions of Prometheus's API that are about what is scraped, and by which configuration. */
export function routeApi(app: Hono<{ Bindings: Incoming }>, view: () => ApiView): void {
  for (const [path, answer] of Object.entries(ANSWERS)) {
    app.get(path, (c) => respond(() => answer(view(), new URL(c.req.url).searchParams)));
    allowOnly(app, path, "GET, HEAD");
  }
  app.get("/api/v1/status/config", () => respondLater(() => showConfig(view())));
  allowOnly(app, "/api/v1/status/config", "GET, HEAD");
}

/** Few ask for it: what shows it is loaded then. */
async function showConfig({ config }: ApiView): Promise<unknown> {
  if (config === undefined) throw new ApiError("unavailable", "there is no configuration yet");
  const { usedConfig } = await import("./used_config.ts");
  return usedConfig(config);
}
