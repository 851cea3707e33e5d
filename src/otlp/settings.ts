/** How OTLP becomes series: what Prometheus's block `otlp` says. */

/** How names become Prometheus's. */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

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
}

const STRATEGIES: readonly string[] = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
];

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
  };
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
