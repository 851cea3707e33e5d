import type { Discovery, TargetGroup } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { HttpDiscovery } from "../options/resolved_scrape.ts";
import { shownUrl } from "../shown_url.ts";
import { DiscoveryClient, DiscoveryError } from "./client.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { RefreshedDiscovery } from "./refresh.ts";
import { parseJsonList } from "./target_list.ts";

/** What Prometheus takes for JSON (discovery/http). */
const CONTENT_TYPE = /^application\/json(;\s*charset=("utf-8"|utf-8))?$/i;

/** Targets that an HTTP server tells. */
export function httpDiscoverer(
  options: HttpDiscovery,
  dependencies: DiscoveryDependencies,
): Discovery {
  const { url, refreshIntervalMs } = options;
  const client = new DiscoveryClient(options, dependencies);
  const list = async (signal: AbortSignal): Promise<readonly TargetGroup[]> => {
    try {
      return await listOf(client, options, signal);
    } catch (error) {
      if (!signal.aborted) dependencies.stats.count("http_failures");
      throw error;
    }
  };
  return new RefreshedDiscovery({
    mechanism: "http",
    shown: shownUrl(url),
    intervalMs: refreshIntervalMs,
    list,
    close: () => client.close(),
  }, dependencies);
}

async function listOf(
  client: DiscoveryClient,
  { url, refreshIntervalMs }: HttpDiscovery,
  signal: AbortSignal,
): Promise<readonly TargetGroup[]> {
  const headers = {
    accept: "application/json",
    "x-prometheus-refresh-interval-seconds": String(refreshIntervalMs / 1000),
  };
  const page = await client.get({ url, headers, timeoutMs: refreshIntervalMs }, signal);
  const { status, header, body } = page;
  if (status !== 200) {
    throw new DiscoveryError(`${shownUrl(url)} answered HTTP ${status}, expected 200`, status);
  }
  const type = header("content-type") ?? "";
  if (!CONTENT_TYPE.test(type.trim())) {
    const got = JSON.stringify(type.slice(0, 64));
    throw new DiscoveryError(
      `${shownUrl(url)}: the content type is ${got}, expected application/json`,
    );
  }
  try {
    return parseJsonList(new TextDecoder("utf-8", { ignoreBOM: true }).decode(body)).map((
      { targets, labels },
      index,
    ) => ({
      source: `${url}:${index}`,
      targets,
      labels: { ...labels, __meta_url: url },
    }));
  } catch (error) {
    throw new DiscoveryError(
      `${shownUrl(url)}: the answer is no list of targets: ${messageOf(error)}`,
    );
  }
}
