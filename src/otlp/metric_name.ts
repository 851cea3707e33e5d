/** The names of metrics (prometheus/otlptranslator). */
import type { OtlpMetric } from "./model.ts";
import type { OtlpSettings } from "./settings.ts";
import { escapedWords, unitWords } from "./units.ts";

/** What a name is made of. */
type Named = Pick<OtlpMetric, "name" | "unit" | "data">;

/**
 * The name of a metric in Prometheus.
 *
 * @throws {RangeError} where nothing of the name would be left.
 */
export function metricName(metric: Named, settings: OtlpSettings): string {
  if (!settings.escapes) return settings.suffixes ? withSuffixes(metric) : metric.name;
  const name = settings.suffixes ? escapedWithSuffixes(metric) : escapedAlone(metric.name);
  if (name !== "" && (name === metric.name || /[^_]/.test(name))) return name;
  throw new RangeError(
    `the name of metric ${JSON.stringify(metric.name.slice(0, 100))} becomes ` +
      `${JSON.stringify(name)}, expected a letter or digit in it`,
  );
}

function escapedAlone(name: string): string {
  return sound(name.split(/[^a-zA-Z0-9:_]+/u).filter((part) => part !== "").join("_"));
}

/** Words joined by one underscore each: those of the name, those of the unit, and what it counts. */
function escapedWithSuffixes({ name, unit, data }: Named): string {
  let words = name.split(/[^a-zA-Z0-9:]+/u).filter((word) => word !== "");
  const escapedUnit = escapedWords(unitWords(unit));
  const isThere = new Set(words);
  const per = escapedUnit.per === "per_" ? "" : escapedUnit.per.replace(/_$/, "");
  const isPerNew = per !== "" && !isThere.has(per);
  let main = isThere.has(escapedUnit.main) ? "" : escapedUnit.main;
  if (isPerNew) main = main.replace(/_$/, "");
  if (main !== "") words.push(main);
  if (isPerNew) words.push(per);
  if (isCounter(data)) words = last(words, "total");
  if (isRatio(unit, data)) words = last(words, "ratio");
  return sound(words.join("_"));
}

function last(words: readonly string[], word: string): string[] {
  return [...words.filter((one) => one !== word), word];
}

/** From the inside out: the unit, what it is per, total, ratio; each but the unit is moved if it is there. */
function withSuffixes({ name: given, unit, data }: Named): string {
  const { main, per } = unitWords(unit);
  let name = given;
  if (isRatio(unit, data)) name = without(name, "ratio");
  if (isCounter(data)) name = without(name, "total");
  if (per !== "") name = without(name, per);
  if (main !== "" && !name.endsWith(main)) name = `${name}_${main}`;
  if (per !== "") name = `${name}_${per}`;
  if (isCounter(data)) name = `${name}_total`;
  return isRatio(unit, data) ? `${name}_ratio` : name;
}

/** With the one character before it. */
function without(name: string, suffix: string): string {
  const isCut = name.endsWith(suffix) && name.length > suffix.length + 1;
  return isCut ? name.slice(0, -suffix.length - 1) : name;
}

function isCounter(data: Named["data"]): boolean {
  return data.kind === "sum" && data.isMonotonic;
}

/** Only gauges: counters of things have the unit "1" by mistake. */
function isRatio(unit: string, data: Named["data"]): boolean {
  return unit === "1" && data.kind === "gauge";
}

function sound(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
