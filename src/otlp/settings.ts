/** How OTLP becomes series: what Prometheus's block `otlp` says. */

import type { DeltaBounds } from "./delta/delta_streams.ts";

/** How names become Prometheus's. */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/**
 * What becomes of sums and histograms with delta temporality, which say what came since the
 * point before. `"cumulative"`: they are added up in memory, which begins anew after a restart
 * (Prometheus's feature `otlp-deltatocumulative`). `"native"`: they are kept as they are, of
 * unknown type (`otlp-native-delta-ingestion`).
 */
export type DeltaHandling = "refuse" | "cumulative" | "native";

/** How OTLP becomes series: the keys and defaults of `otlp` in Prometheus's file. */
export interface OtlpOptions {
  /**
   * Names: with everything but letters, digits, `_` and `:` escaped to `_` or not, and with
   * the unit and what `_total` and `_ratio` say behind them or not.
   *
   * @default "UnderscoreEscapingWithSuffixes"
   */
  readonly translationStrategy?: TranslationStrategy;
  /** Attributes of the resource that become labels of each of its series. @default [] */
  readonly promoteResourceAttributes?: readonly string[];
  /** All of them do, but those of `ignoreResourceAttributes`. @default false */
  readonly promoteAllResourceAttributes?: boolean;
  /** Only with `promoteAllResourceAttributes`. @default [] */
  readonly ignoreResourceAttributes?: readonly string[];
  /** `service.namespace`, `service.name` and `service.instance.id` are in `target_info` too. @default false */
  readonly keepIdentifyingResourceAttributes?: boolean;
  /** Histograms with explicit bounds become native ones with custom buckets. @default false */
  readonly convertHistogramsToNhcb?: boolean;
  /** Name, version, schema and attributes of the scope become `otel_scope_` labels. @default false */
  readonly promoteScopeMetadata?: boolean;
  /** Labels that begin with one `_` get `key` in front, where names are escaped. @default true */
  readonly labelNameUnderscoreSanitization?: boolean;
  /** `__` stays `__` in labels, where names are escaped. @default true */
  readonly labelNamePreserveMultipleUnderscores?: boolean;
  /**
   * Series have their type and unit as labels `__type__` and `__unit__`, in place of what
   * attributes of these names say (Prometheus's feature `type-and-unit-labels`). @default false
   */
  readonly typeAndUnitLabels?: boolean;
  /** What becomes of delta temporality. @default "refuse" */
  readonly deltas?: DeltaHandling;
  /**
   * With `deltas: "cumulative"`: milliseconds after which the sum of a stream that was silent
   * is forgotten; when it comes back it begins anew. At least a second.
   *
   * @default 300_000
   */
  readonly deltaStaleMsMax?: number;
  /**
   * With `deltas: "cumulative"`: streams whose sums are remembered; points of others are
   * refused. The sums are at most 64 MiB in any case.
   *
   * @default 100_000
   */
  readonly deltaStreamsMax?: number;
}

/** The same, complete. */
export interface OtlpSettings {
  readonly escapes: boolean;
  readonly suffixes: boolean;
  readonly isPromoted: (attribute: string) => boolean;
  readonly keepsIdentifying: boolean;
  readonly toCustomBuckets: boolean;
  readonly promotesScope: boolean;
  readonly prefixesUnderscore: boolean;
  readonly keepsUnderscores: boolean;
  readonly labelsTypeAndUnit: boolean;
  readonly deltas: DeltaHandling;
  readonly deltaBounds: DeltaBounds;
}

/** As in Prometheus. */
export const DELTA_STALE_MS_DEFAULT = 300_000;
/** Least of it. */
export const DELTA_STALE_MS_MIN = 1_000;
export const DELTA_STREAMS_DEFAULT = 100_000;

const STRATEGIES: readonly string[] = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
];

const DELTAS: readonly string[] = ["refuse", "cumulative", "native"];

/** @throws {RangeError} for options that Prometheus refuses. */
export function resolveOtlp(options: OtlpOptions = {}): OtlpSettings {
  const { translationStrategy: strategy = "UnderscoreEscapingWithSuffixes" } = options;
  if (!STRATEGIES.includes(strategy)) {
    throw bad(`translationStrategy ${JSON.stringify(strategy)}`, `one of ${STRATEGIES.join(", ")}`);
  }
  return {
    escapes: strategy.startsWith("UnderscoreEscaping"),
    suffixes: strategy.endsWith("WithSuffixes"),
    isPromoted: promotion(options),
    keepsIdentifying: options.keepIdentifyingResourceAttributes ?? false,
    toCustomBuckets: options.convertHistogramsToNhcb ?? false,
    promotesScope: options.promoteScopeMetadata ?? false,
    prefixesUnderscore: options.labelNameUnderscoreSanitization ?? true,
    keepsUnderscores: options.labelNamePreserveMultipleUnderscores ?? true,
    labelsTypeAndUnit: options.typeAndUnitLabels ?? false,
    deltas: deltasOf(options),
    deltaBounds: deltaBoundsOf(options),
  };
}

function deltasOf({ deltas = "refuse" }: OtlpOptions): DeltaHandling {
  if (DELTAS.includes(deltas)) return deltas;
  throw bad(`deltas ${JSON.stringify(deltas)}`, `one of ${DELTAS.join(", ")}`);
}

function deltaBoundsOf(options: OtlpOptions): DeltaBounds {
  const {
    deltaStaleMsMax: staleMsMax = DELTA_STALE_MS_DEFAULT,
    deltaStreamsMax: streamsMax = DELTA_STREAMS_DEFAULT,
  } = options;
  if (!(Number.isFinite(staleMsMax) && staleMsMax >= DELTA_STALE_MS_MIN)) {
    throw bad(`deltaStaleMsMax ${staleMsMax}`, `milliseconds, at least ${DELTA_STALE_MS_MIN}`);
  }
  if (!(Number.isSafeInteger(streamsMax) && streamsMax >= 1)) {
    throw bad(`deltaStreamsMax ${streamsMax}`, "a whole number from 1");
  }
  return { staleMsMax, streamsMax };
}

function promotion(options: OtlpOptions): (attribute: string) => boolean {
  const promoted = namesIn("promoteResourceAttributes", options.promoteResourceAttributes);
  const ignored = namesIn("ignoreResourceAttributes", options.ignoreResourceAttributes);
  if (options.promoteAllResourceAttributes ?? false) {
    if (promoted.size === 0) return (attribute) => !ignored.has(attribute);
    throw bad("promoteAllResourceAttributes and promoteResourceAttributes", "at most one of them");
  }
  if (ignored.size === 0) return (attribute) => promoted.has(attribute);
  throw bad("ignoreResourceAttributes", "promoteAllResourceAttributes with it");
}

function namesIn(what: string, given: readonly string[] = []): ReadonlySet<string> {
  const names = new Set(given.map((name) => name.trim()));
  if (names.has("")) throw bad(`an empty name in ${what}`, "names");
  if (names.size < given.length) throw bad(`a name twice in ${what}`, "each once");
  return names;
}

function bad(got: string, expected: string): RangeError {
  return new RangeError(`Cannot take OTLP: got ${got}, expected ${expected}`);
}
