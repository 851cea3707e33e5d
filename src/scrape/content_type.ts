import type { ScrapeProtocol } from "../contracts.ts";

/** RFC 9110, section 5.6.2: what a type, a subtype and the name of a parameter are made of. */
const MEDIA_TYPE = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?)\s*(?:;|$)/;
const VERSION = /;\s*version\s*=\s*"?([^\s;"]+)/i;

/**
 * What a page is, by its Content-Type, or by what its job says where that says nothing
 * (Prometheus, `textparse.New`). Parameters do not decide whether it is known.
 *
 * @throws {Error} where nobody says what it is.
 */
export function protocolOf(
  contentType: string | undefined,
  fallback: ScrapeProtocol | undefined,
): ScrapeProtocol {
  if (contentType === undefined || contentType === "") {
    return orElse(fallback, () => "non-compliant scrape target sending blank Content-Type");
  }
  const type = MEDIA_TYPE.exec(contentType)?.[1]?.toLowerCase();
  const shown = JSON.stringify(contentType);
  if (type === undefined) return orElse(fallback, () => `cannot parse Content-Type ${shown}`);
  const version = VERSION.exec(contentType)?.[1];
  switch (type) {
    case "application/openmetrics-text":
      return version === "0.0.1" ? "OpenMetricsText0.0.1" : "OpenMetricsText1.0.0";
    case "application/vnd.google.protobuf":
      return "PrometheusProto";
    case "text/plain":
      return version === "1.0.0" ? "PrometheusText1.0.0" : "PrometheusText0.0.4";
    default:
      return orElse(fallback, () => `received unsupported Content-Type ${shown}`);
  }
}

function orElse(fallback: ScrapeProtocol | undefined, fault: () => string): ScrapeProtocol {
  if (fallback !== undefined) return fallback;
  throw new Error(`${fault()} and no fallback_scrape_protocol specified for target`);
}
