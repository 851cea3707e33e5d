/** What is wrong between the jobs, and between a job and `global`: each of them is fine by itself. */
import { formatDuration } from "../../../duration.ts";
import type {
  CheckedScrapeDefaults,
  CheckedScrapeJob,
  CheckedScrapeOptions,
} from "../../checked_scrape.ts";
import { type Broken, shown } from "../../checks.ts";
import type { OptionIssue } from "../../options_error.ts";
import type { NameValidationScheme } from "../../values.ts";
import { relabelContradictions } from "../relabel.ts";
import { escapingOf } from "./escaping.ts";
import { defaultTimes, timesOf } from "./times.ts";

/** All of it; `names` are those that are valid where a job says nothing of it. */
export function* scrapeContradictions(
  { global, scrapeConfigs }: CheckedScrapeOptions,
  names: NameValidationScheme,
): Generator<OptionIssue> {
  const { intervalMs, timeoutMs } = defaultTimes(global);
  if (timeoutMs > intervalMs) {
    yield { path: ["global", "scrapeTimeout"], message: tooLong(timeoutMs, intervalMs) };
  }
  const seen = new Map<string, number>();
  for (const [index, job] of scrapeConfigs.entries()) {
    const first = seen.get(job.jobName);
    if (first === undefined) seen.set(job.jobName, index);
    else {
      const message = `got ${shown(job.jobName)}, the name of scrapeConfigs[${first}]: ` +
        "expected another";
      yield { path: ["scrapeConfigs", index, "jobName"], message };
    }
    const at = ["scrapeConfigs", index];
    if ((job.metricNameValidationScheme ?? names) === "legacy" && asksForUtf8(job, global, names)) {
      const own = job.metricNameEscapingScheme !== undefined;
      const message = 'is "allow-utf-8", expected another: names are held to "legacy"';
      yield { path: [...(own ? at : ["global"]), "metricNameEscapingScheme"], message };
    }
    for (const [path, message] of jobContradictions(job, global, names)) {
      const inner = typeof path === "string" ? [path] : path;
      yield { path: [...at, ...inner], message };
    }
  }
}

function* jobContradictions(
  job: CheckedScrapeJob,
  global: CheckedScrapeDefaults,
  names: NameValidationScheme,
): Generator<Broken> {
  const { intervalMs, timeoutMs } = timesOf(job, global);
  if (timeoutMs > intervalMs) yield ["scrapeTimeout", tooLong(timeoutMs, intervalMs)];
  const valid = job.metricNameValidationScheme ?? names;
  for (const rules of ["relabelConfigs", "metricRelabelConfigs"] as const) {
    yield* relabelContradictions(job[rules], valid, [rules]);
  }
}

function asksForUtf8(...of: Parameters<typeof escapingOf>): boolean {
  return escapingOf(...of) === "allow-utf-8";
}

function tooLong(timeoutMs: number, intervalMs: number): string {
  return `got ${formatDuration(timeoutMs)}, expected at most scrapeInterval ` +
    `(${formatDuration(intervalMs)})`;
}
