/**
 * Units as UCUM writes them, in Prometheus's words (prometheus/otlptranslator,
 * OpenTelemetry's "Prometheus and OpenMetrics Compatibility").
 */

const UNITS: ReadonlyMap<string, string> = new Map([
  ["1", ""],
  ["%", "percent"],
  // Time.
  ["ns", "nanoseconds"],
  ["us", "microseconds"],
  ["ms", "milliseconds"],
  ["s", "seconds"],
  ["min", "minutes"],
  ["h", "hours"],
  ["d", "days"],
  // Bytes.
  ["By", "bytes"],
  ["KBy", "kilobytes"],
  ["MBy", "megabytes"],
  ["GBy", "gigabytes"],
  ["TBy", "terabytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  ["TiBy", "tibibytes"],
  // Physics.
  ["A", "amperes"],
  ["V", "volts"],
  ["W", "watts"],
  ["J", "joules"],
  ["Hz", "hertz"],
  ["Cel", "celsius"],
  ["g", "grams"],
  ["m", "meters"],
]);

/** What a rate is per. */
const PER: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
]);

/** A unit in two parts, either of which may be empty. */
export interface UnitWords {
  readonly main: string;
  /** With `per_` in front. */
  readonly per: string;
}

/** The words for a unit; what stands in braces is a remark, and none. */
export function unitWords(unit: string): UnitWords {
  const slash = unit.indexOf("/");
  const main = partOf(slash < 0 ? unit : unit.slice(0, slash), UNITS);
  const per = slash < 0 ? "" : partOf(unit.slice(slash + 1), PER);
  return { main, per: per === "" ? "" : `per_${per}` };
}

function partOf(given: string, words: ReadonlyMap<string, string>): string {
  const part = given.trim();
  return /[{}]/.test(part) ? "" : words.get(part) ?? part;
}

/** The same in what Prometheus's names may hold. */
export function escapedWords({ main, per }: UnitWords): UnitWords {
  return { main: escaped(main), per: escaped(per) };
}

function escaped(part: string): string {
  return part.replace(/[^a-zA-Z0-9:]/gu, "_").replace(/_+/g, "_").replace(/^_/, "");
}

/** The unit of a family, as its metadata tells it. */
export function unitOfFamily(unit: string): string {
  return joined(escapedWords(unitWords(unit)));
}

/** The unit of a family as a label: taken for a unit of OpenTelemetry once more, as in Prometheus. */
export function unitLabel(unitOfFamily: string, escapes: boolean): string {
  const words = unitWords(unitOfFamily);
  return joined(escapes ? escapedWords(words) : words);
}

function joined({ main, per }: UnitWords): string {
  const both = main !== "" && per !== "" ? `${main}_${per}` : main + per;
  return both.replace(/^_/, "").replace(/_$/, "");
}
