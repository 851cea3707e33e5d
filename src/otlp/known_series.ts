/**
 * The series that points became in requests before, by the bytes of their attributes: whoever
 * comes again with the same bytes is not read, translated or looked up by its labels.
 *
 * It is a cache and no more: what it is asked for is compared byte by byte, and what is not in
 * it takes the long way.
 */
import type { Metadata, SeriesRef } from "../types.ts";
import type { OtlpMetric, OtlpResource, OtlpScope } from "./model.ts";
import { type PointAttributes, RawAttributes } from "./raw_attributes.ts";
import { attributesKey } from "./delta/stream_key.ts";

/** All that is remembered; when it is more, it begins anew. */
const BYTES_MAX = 16 * 1024 * 1024;
const SERIES_BYTES = 200;
const METRIC_BYTES = 500;
const BYTES_A_CHARACTER = 2;
const FIRST_ARENA_BYTES = 4_096;

// FNV-1a.
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** What the points with some attributes became. */
export interface KnownPoint {
  /** Where its bytes are in the memory. */
  readonly at: number;
  readonly length: number;
  /** By the order of its rows. */
  refs: readonly SeriesRef[];
  /** What its rows count for, in bytes. */
  rowBytes: number;
  /** Of a classic histogram: what its rows are of. */
  bounds: readonly number[];
  hasSum: boolean;
  /** Of the same hash. */
  readonly other: KnownPoint | undefined;
  /** The one that came behind it the last time. */
  following: KnownPoint | undefined;
}

/** What a point became, to be remembered. */
export type NewPoint = Pick<KnownPoint, "refs" | "rowBytes" | "bounds" | "hasSum">;

/** The points of one metric. */
export class KnownMetric {
  readonly #memory: KnownSeries;
  readonly #byHash = new Map<number, KnownPoint>();
  readonly #epoch: number;
  #last: KnownPoint | undefined;
  #metadata: Metadata | undefined;
  /** Its name, once it is known. */
  family: string | undefined;

  /** For {@link KnownSeries} alone. */
  constructor(memory: KnownSeries) {
    this.#memory = memory;
    this.#epoch = memory.epoch;
  }

  /** What is said of it: by its description, as the rest of it does not change. */
  metadata(description: string, make: () => Metadata): Metadata {
    if (this.#metadata?.help !== description) {
      this.#metadata = make();
      this.#memory.count(BYTES_A_CHARACTER * description.length);
    }
    return this.#metadata!;
  }

  /** What the points with these attributes became; undefined where nothing is known. */
  find(attributes: PointAttributes): KnownPoint | undefined {
    if (!(attributes instanceof RawAttributes) || !this.#isThere()) return undefined;
    const guess = this.#last?.following;
    if (guess !== undefined && this.#memory.isSame(guess, attributes)) {
      this.#last = guess;
      return guess;
    }
    let found = this.#byHash.get(hashOf(attributes));
    while (found !== undefined && !this.#memory.isSame(found, attributes)) found = found.other;
    if (found === undefined) return undefined;
    if (this.#last !== undefined) this.#last.following = found;
    this.#last = found;
    return found;
  }

  /** Remembers what these attributes became. */
  remember(attributes: PointAttributes, known: KnownPoint | undefined, point: NewPoint): void {
    if (!(attributes instanceof RawAttributes) || !this.#isThere()) return;
    if (known !== undefined) {
      Object.assign(known, point);
      return;
    }
    const at = this.#memory.keep(attributes, point);
    // It was full: this metric is forgotten with all others.
    if (at === undefined) return;
    const hash = hashOf(attributes);
    const length = attributes.end - attributes.start;
    const other = this.#byHash.get(hash);
    this.#byHash.set(hash, { ...point, at, length, other, following: undefined });
  }

  /** What was forgotten has its bytes no more, and others may be in their place. */
  #isThere(): boolean {
    return this.#epoch === this.#memory.epoch;
  }
}

/** What is known of one receiver's series. */
export class KnownSeries {
  readonly #bytesMax: number;
  readonly #metrics = new Map<string, Map<string, KnownMetric>>();
  #arena: Uint8Array = new Uint8Array(FIRST_ARENA_BYTES);
  #view: DataView = new DataView(this.#arena.buffer);
  #used = 0;
  #bytes = 0;
  #of: readonly unknown[] = [];
  /** How often all was forgotten. */
  epoch = 0;

  constructor(bytesMax: number = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that it takes, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For a request: what was made by other settings, or for another queue, is forgotten. */
  for(...of: readonly unknown[]): this {
    if (of.length !== this.#of.length || of.some((one, place) => one !== this.#of[place])) {
      this.clear();
      this.#of = of;
    }
    return this;
  }

  /** The metrics of a scope. */
  scope(resource: OtlpResource, { name, version, schemaUrl, attributes }: OtlpScope): KnownScope {
    const texts = [name, version, schemaUrl, attributesKey(attributes)];
    return new KnownScope(this, JSON.stringify([attributesKey(resource.attributes), ...texts]));
  }

  /** For {@link KnownScope} alone. */
  metric(scope: string, key: string): KnownMetric {
    let metrics = this.#metrics.get(scope);
    if (metrics === undefined) {
      metrics = new Map();
      this.count(METRIC_BYTES + BYTES_A_CHARACTER * scope.length);
      this.#metrics.set(scope, metrics);
    }
    let metric = metrics.get(key);
    if (metric === undefined) {
      metric = new KnownMetric(this);
      this.count(METRIC_BYTES + BYTES_A_CHARACTER * key.length);
      metrics.set(key, metric);
    }
    return metric;
  }

  /** For {@link KnownMetric} alone. */
  isSame({ at, length }: KnownPoint, { bytes, view, start, end }: RawAttributes): boolean {
    if (end - start !== length) return false;
    const arena = this.#arena;
    const known = this.#view;
    let place = at;
    // Four bytes at a time, and what is left one by one.
    for (; start <= end - 4; start += 4, place += 4) {
      if (known.getInt32(place) !== view.getInt32(start)) return false;
    }
    for (; start < end; start++, place++) if (arena[place] !== bytes[start]) return false;
    return true;
  }

  /** For {@link KnownMetric} alone: where the bytes are from now on; undefined where all was forgotten. */
  keep({ bytes, start, end }: RawAttributes, { refs, bounds }: NewPoint): number | undefined {
    const length = end - start;
    if (!this.count(SERIES_BYTES + length + 8 * (refs.length + bounds.length))) return undefined;
    const at = this.#used;
    if (at + length > this.#arena.length) {
      const larger = new Uint8Array(Math.max(2 * this.#arena.length, at + length));
      larger.set(this.#arena);
      this.#arena = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#arena.set(bytes.subarray(start, end), at);
    this.#used += length;
    return at;
  }

  clear(): void {
    this.epoch++;
    this.#metrics.clear();
    this.#arena = new Uint8Array(FIRST_ARENA_BYTES);
    this.#view = new DataView(this.#arena.buffer);
    this.#used = 0;
    this.#bytes = 0;
  }

  /** For {@link KnownMetric}: false where it was too much, and all is forgotten. */
  count(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return true;
    this.clear();
    return false;
  }
}

/** The metrics of one scope. */
export class KnownScope {
  readonly #memory: KnownSeries;
  readonly #key: string;

  /** For {@link KnownSeries} alone. */
  constructor(memory: KnownSeries, key: string) {
    this.#memory = memory;
    this.#key = key;
  }

  metric({ name, unit, data }: OtlpMetric): KnownMetric {
    const temporality = "temporality" in data ? data.temporality : "";
    const monotonic = data.kind === "sum" && data.isMonotonic ? "monotonic" : "";
    const kind = `${data.kind} ${temporality} ${monotonic} ${unit.length} `;
    return this.#memory.metric(this.#key, kind + unit + name);
  }
}

function hashOf({ bytes, start, end }: RawAttributes): number {
  let hash = HASH_START;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, HASH_PRIME);
  return hash;
}
