import type { CheckedScrapeDefaults, CheckedScrapeJob } from "../../checked_scrape.ts";
import type { EscapingScheme } from "../../resolved_scrape.ts";
import type { NameValidationScheme } from "../../values.ts";

/**
 * How names are asked for; `names` are those that `global` has for valid. A job that says
 * which names are valid has not the scheme that `global` has for others.
 */
export function escapingOf(
  job: Pick<CheckedScrapeJob, "metricNameEscapingScheme" | "metricNameValidationScheme">,
  global: Pick<CheckedScrapeDefaults, "metricNameEscapingScheme">,
  names: NameValidationScheme,
): EscapingScheme {
  if (job.metricNameEscapingScheme !== undefined) return job.metricNameEscapingScheme;
  const { metricNameValidationScheme: own } = job;
  if (own === undefined && global.metricNameEscapingScheme !== undefined) {
    return global.metricNameEscapingScheme;
  }
  return (own ?? names) === "legacy" ? "underscores" : "allow-utf-8";
}
