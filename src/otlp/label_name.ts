/** The names of labels (prometheus/otlptranslator). */
import type { OtlpSettings } from "./settings.ts";

/** A request that has more names than that makes them anew. */
const NAMES_MAX = 1_000;

/** Makes names of labels, and remembers them for as long as a request is translated. */
export class LabelNames {
  readonly #settings: OtlpSettings;
  readonly #known = new Map<string, string>();

  constructor(settings: OtlpSettings) {
    this.#settings = settings;
  }

  /** @throws {RangeError} where nothing of the name would be left. */
  of(attribute: string): string {
    const known = this.#known.get(attribute);
    if (known !== undefined) return known;
    const name = labelName(attribute, this.#settings);
    if (this.#known.size < NAMES_MAX) this.#known.set(attribute, name);
    return name;
  }
}

/**
 * The label that an attribute becomes.
 *
 * @throws {RangeError} where nothing of the name would be left.
 */
export function labelName(attribute: string, settings: OtlpSettings): string {
  const name = settings.escapes ? escaped(attribute, settings) : attribute;
  if (/[^_]/u.test(name)) return name;
  throw new RangeError(
    `attribute ${JSON.stringify(attribute.slice(0, 100))} becomes label ${JSON.stringify(name)}, ` +
      "expected more than underscores",
  );
}

function escaped(attribute: string, settings: OtlpSettings): string {
  const name = settings.keepsUnderscores
    ? attribute.replace(/[^a-zA-Z0-9]/gu, "_")
    : collapsed(attribute);
  if (/^[0-9]/.test(name)) return `key_${name}`;
  return settings.prefixesUnderscore && /^_(?!_)/.test(name) ? `key${name}` : name;
}

/** Two underscores on both sides are Prometheus's own names, and stay. */
function collapsed(attribute: string): string {
  const isReserved = attribute.length >= 4 && attribute.startsWith("__") &&
    attribute.endsWith("__");
  const inner = isReserved ? attribute.slice(2, -2) : attribute;
  const name = inner.replace(/[^a-zA-Z0-9]+/gu, "_");
  return isReserved ? `__${name}__` : name;
}
