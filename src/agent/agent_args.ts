import { formatDuration, parseDuration } from "../duration.ts";
import type { ScraperOptions } from "../scrape/scraper.ts";
import { inWords } from "./commands/check_value.ts";
import type { Remark } from "./config/problems.ts";
import type { Setting } from "./config/source.ts";
import { parseGoDuration } from "./go_duration.ts";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { parsePrometheusFlags } from "./prometheus_flags.ts";
import type { RunSettings } from "./run.ts";
import { shownWord, UsageError } from "./usage_error.ts";

const GRACE_MS_MAX = 3_600_000;
const LOG_FORMATS: readonly LogFormat[] = ["logfmt", "json"];

/**
 * `walq agent`: `run` by Prometheus's flags, defaults included.
 *
 * @throws {UsageError}
 */
export function agentArgs(
  words: readonly string[],
  directory: string,
): RunSettings & { readonly config: string; readonly settings: readonly Setting[] } {
  const { config, settings, ...flags } = parsePrometheusFlags(words, directory);
  const remarks = [...flags.remarks];
  return {
    config,
    settings,
    remarks,
    shutdownGraceMs: flushDeadline(flags.shutdownGrace, remarks),
    logFormat: wordOf<LogFormat>("--log.format", LOG_FORMATS, flags.logFormat),
    logLevel: wordOf<LogLevel>("--log.level", LOG_LEVELS, flags.logLevel),
    scraping: scrapingOf(flags),
  };
}

function scrapingOf(
  flags: Pick<
    ReturnType<typeof parsePrometheusFlags>,
    "alignsTimestamps" | "timestampTolerance" | "discoveryReload"
  >,
): ScraperOptions {
  return {
    timestampToleranceMs: flags.alignsTimestamps ? tolerance(flags.timestampTolerance) : "none",
    discoveryReloadMs: duration("--scrape.discovery-reload-interval", flags.discoveryReload),
  };
}

function duration(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= GRACE_MS_MAX) return ms;
  throw new UsageError(`${flag}: got "${text}", expected a duration up to 1h such as "5s"`);
}

/** As {@link duration}, but what Prometheus takes is no error. */
function flushDeadline(text: string, remarks: Remark[]): number {
  const flag = "--storage.remote.flush-deadline";
  const ms = parseDuration(text);
  if (ms === undefined || ms <= GRACE_MS_MAX) return duration(flag, text);
  const message = `got ${text}, using ${formatDuration(GRACE_MS_MAX)}: walq has no more`;
  remarks.push({ level: "warn", place: "the command line", key: flag, message });
  return GRACE_MS_MAX;
}

function tolerance(text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined) return ms;
  const expected = 'expected a duration such as "2ms" or "500us"';
  throw new UsageError(`--scrape.timestamp-tolerance: got ${shownWord(text)}, ${expected}`);
}

function wordOf<Word extends string>(flag: string, words: readonly Word[], text: string): Word {
  const found = words.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag}: got "${text}", expected ${inWords(words)}`);
}
