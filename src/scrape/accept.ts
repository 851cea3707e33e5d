import type { ScrapeProtocol } from "../contracts.ts";
import type { EscapingScheme, ResolvedJob } from "../options.ts";
import { VERSION } from "../version.ts";

/** What the formats are called in headers. */
const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  "PrometheusProto":
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
  "PrometheusText0.0.4": "text/plain;version=0.0.4",
  "PrometheusText1.0.0": "text/plain;version=1.0.0",
  "OpenMetricsText0.0.1": "application/openmetrics-text;version=0.0.1",
  "OpenMetricsText1.0.0": "application/openmetrics-text;version=1.0.0",
};

/** Formats in which names can be escaped. */
const ESCAPABLE: ReadonlySet<ScrapeProtocol> = new Set([
  "PrometheusText1.0.0",
  "OpenMetricsText1.0.0",
]);

/** The first has a weight of one more than there are formats, whether they are asked for or not. */
const WEIGHT_MAX = Object.keys(MEDIA_TYPES).length + 1;

/** The Accept header, weights and all, as Prometheus sends it. */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[],
  escaping: EscapingScheme,
): string {
  const types = protocols.map((protocol, index) =>
    MEDIA_TYPES[protocol] +
    (ESCAPABLE.has(protocol) ? `;escaping=${escaping}` : "") +
    `;q=0.${WEIGHT_MAX - index}`
  );
  return [...types, `*/*;q=0.${WEIGHT_MAX - protocols.length}`].join(",");
}

/** The headers of a scrape, but those that say who walq is. */
export function scrapeHeaders(job: ResolvedJob, timeoutMs: number): Record<string, string> {
  return {
    "accept": acceptHeader(job.scrapeProtocols, job.nameEscapingScheme),
    "accept-encoding": job.enableCompression ? "gzip" : "identity",
    "user-agent": `walq/${VERSION}`,
    "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
  };
}
