/** The labels of series: attributes of points, of the resource and of the scope. */
import { LabelNames } from "./label_name.ts";
import type { AnyValue, Attribute, OtlpResource, OtlpScope } from "./model.ts";
import { attributesIn, type PointAttributes } from "./raw_attributes.ts";
import type { OtlpSettings } from "./settings.ts";
import { unitLabel } from "./units.ts";
import { byCodeUnits, valueText } from "./value_text.ts";

const NAMESPACE = "service.namespace";
const NAME = "service.name";
const INSTANCE = "service.instance.id";
const IDENTIFYING: readonly string[] = [NAMESPACE, NAME, INSTANCE];

/** Labels by name; none has an empty value. Without a prototype, as any name may come. */
export type LabelMap = Record<string, string>;

/** Sets a label; an empty value is none. */
export function setLabel(labels: LabelMap, name: string, value: string): void {
  if (value === "") delete labels[name];
  else labels[name] = value;
}

/** What all series of one scope of one resource have. */
interface CommonLabels {
  /** Where the point has none of the name. */
  readonly promoted: LabelMap;
  /** In any case. */
  readonly identity: LabelMap;
  readonly scope: LabelMap;
}

/** What series say of themselves, where that is asked for. */
export interface TypeAndUnit {
  /** Undefined where it is not known. */
  readonly type: string | undefined;
  readonly unit: string;
}

/** Makes the labels of one request. */
export class SeriesLabels {
  readonly #settings: OtlpSettings;
  readonly #names: LabelNames;
  /** Names that more than one attribute has become, with those attributes. */
  readonly #collisions = new Map<string, string>();
  #hasCollided = false;
  #metric: TypeAndUnit | undefined;
  #common: CommonLabels = { promoted: empty(), identity: empty(), scope: empty() };

  constructor(settings: OtlpSettings) {
    this.#settings = settings;
    this.#names = new LabelNames(settings);
  }

  /** Whether the labels of the point before hold several attributes in one. */
  get hasCollided(): boolean {
    return this.#hasCollided;
  }

  /** A sentence for each label that holds the values of several attributes. */
  get collisions(): readonly string[] {
    return [...this.#collisions.values()];
  }

  /** @throws {RangeError} for an attribute that can be no label. */
  enterResource({ attributes }: OtlpResource): void {
    const promoted = empty();
    for (const { key, value } of attributes) {
      if (this.#settings.isPromoted(key)) setLabel(promoted, this.#names.of(key), valueText(value));
    }
    const identity = empty();
    const service = find(attributes, NAME);
    const namespace = find(attributes, NAMESPACE);
    if (service !== undefined) {
      const name = valueText(service.value);
      const job = namespace === undefined ? name : `${valueText(namespace.value)}/${name}`;
      setLabel(identity, "job", job);
    }
    setLabel(identity, "instance", valueText(find(attributes, INSTANCE)?.value));
    this.#common = { promoted, identity, scope: empty() };
  }

  /** @throws {RangeError} for an attribute that can be no label. */
  enterScope({ name, version, schemaUrl, attributes }: OtlpScope): void {
    const scope = empty();
    if (this.#settings.promotesScope && name !== "") {
      for (const { key, value } of attributes) {
        scope[this.#names.of(`otel_scope_${key}`)] = valueText(value);
      }
      scope["otel_scope_name"] = name;
      scope["otel_scope_version"] = version;
      scope["otel_scope_schema_url"] = schemaUrl;
    }
    this.#common = { ...this.#common, scope };
  }

  /** For the points that come now; undefined where they have no labels of their type and unit. */
  enterMetric(of: TypeAndUnit | undefined): void {
    this.#metric = of;
  }

  /**
   * The labels of a point, without its name.
   *
   * @throws {RangeError} for an attribute that can be no label.
   */
  ofPoint(attributes: PointAttributes): LabelMap {
    const { promoted, identity, scope } = this.#common;
    const labels = this.#escaped(attributesIn(attributes), ["__name__"]);
    for (const [name, value] of Object.entries(promoted)) labels[name] ??= value;
    for (const [name, value] of Object.entries(identity)) labels[name] = value;
    for (const [name, value] of Object.entries(scope)) setLabel(labels, name, value);
    if (this.#metric === undefined) return labels;
    const { type, unit } = this.#metric;
    if (type !== undefined) setLabel(labels, "__type__", type);
    if (unit !== "") setLabel(labels, "__unit__", unitLabel(unit, this.#settings.escapes));
    return labels;
  }

  /**
   * The labels of `target_info`, with its name; undefined where there is nothing to tell,
   * or nobody to tell it of.
   *
   * @throws {RangeError} for an attribute that can be no label.
   */
  ofTarget({ attributes }: OtlpResource): LabelMap | undefined {
    if (attributes.every(({ key }) => IDENTIFYING.includes(key))) return undefined;
    const labels = this.#escaped(attributes, this.#settings.keepsIdentifying ? [] : IDENTIFYING);
    for (const [name, value] of Object.entries(this.#common.identity)) labels[name] = value;
    if (labels["job"] === undefined && labels["instance"] === undefined) return undefined;
    labels["__name__"] = "target_info";
    return labels;
  }

  /** In the order of the attributes' names, as several may become one. */
  #escaped(attributes: readonly Attribute[], left: readonly string[]): LabelMap {
    const labels = empty();
    const { escapes } = this.#settings;
    this.#hasCollided = false;
    const sorted = attributes.length < 2 ? attributes : [...attributes].sort(byKey);
    for (const { key, value } of sorted) {
      if (left.includes(key)) continue;
      const text = valueText(value);
      if (!escapes) {
        setLabel(labels, key, text);
        continue;
      }
      const name = this.#names.of(key);
      const there = labels[name];
      if (there !== undefined) this.#collide(name, sorted);
      setLabel(labels, name, there === undefined ? text : `${there};${text}`);
    }
    return labels;
  }

  #collide(name: string, attributes: readonly Attribute[]): void {
    this.#hasCollided = true;
    if (this.#collisions.has(name)) return;
    const keys = attributes.map(({ key }) => key).filter((key) => this.#names.of(key) === name);
    const shown = keys.map((key) => JSON.stringify(key)).join(", ");
    this.#collisions.set(name, `attributes ${shown} become one label ${name}, joined by ";"`);
  }
}

function empty(): LabelMap {
  return Object.create(null) as LabelMap;
}

function find(
  attributes: readonly Attribute[],
  key: string,
): { readonly value: AnyValue } | undefined {
  return attributes.find((one) => one.key === key);
}

function byKey(a: Attribute, b: Attribute): number {
  return byCodeUnits(a.key, b.key);
}
