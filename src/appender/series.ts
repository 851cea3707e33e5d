import { assert } from "../assert.ts";
import type { Labels, SeriesRef } from "../types.ts";
import { MetadataFields } from "./metadata_fields.ts";
import { checkLabels } from "./labels.ts";
import { encodeLabels } from "./wire.ts";

/** A label set, checked and encoded once. */
export interface Series {
  readonly ref: SeriesRef;
  /** The `labels` fields of its TimeSeries. */
  readonly labels: Uint8Array;
}

/** See {@link keptLabels}. */
export class KeptSeries implements Series {
  /** None: who has this needs no reference. */
  readonly ref: SeriesRef = 0;
  readonly labels: Uint8Array;

  constructor(labels: Labels) {
    this.labels = encodeLabels(checkLabels(labels));
  }
}

/**
 * Labels that are checked and encoded already, for who keeps them himself: they take no room
 * in the cache, and are never forgotten. To an appender they are labels like others, to
 * nobody else, which is not said in the types: they are no part of the public API.
 *
 * @throws {WalqError} `INVALID_LABELS`
 */
export function keptLabels(labels: Labels): Labels {
  return new KeptSeries(labels) as unknown as Labels;
}

interface CachedSeries extends Series {
  readonly key: string;
  readonly cost: number;
  /** Asked for since the last time eviction came by. */
  used: boolean;
}

/** Beside the bytes: the objects and the two map entries, roughly. */
const ENTRY_BYTES = 250;
const BYTES_A_CHARACTER = 2;

/**
 * Label sets by reference and by content, bounded in bytes. What has not been
 * used since the last round goes first (second chance); its reference is unknown
 * from then on.
 */
export class SeriesCache {
  /** What is said of the families of series. */
  readonly metadata: MetadataFields = new MetadataFields();
  readonly #bytesMax: number;
  readonly #byRef = new Map<SeriesRef, CachedSeries>();
  readonly #byKey = new Map<string, CachedSeries>();
  /**
   * Goes on where it stood: all that it has passed is gone, or at the end of the line. A new
   * walk would first pass what was deleted at the front, again for each series that comes.
   */
  #line: MapIterator<[SeriesRef, CachedSeries]> = this.#byRef.entries();
  #bytes = 0;
  #nextRef = 1;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#byRef.size;
  }

  byRef(ref: SeriesRef): Series | undefined {
    const series = this.#byRef.get(ref);
    if (series) series.used = true;
    return series;
  }

  /** @throws {WalqError} `INVALID_LABELS` */
  byLabels(labels: Labels): Series {
    const key = keyOf(labels);
    const known = this.#byKey.get(key);
    if (known) {
      known.used = true;
      return known;
    }
    const encoded = encodeLabels(checkLabels(labels));
    const cost = encoded.length + key.length * BYTES_A_CHARACTER + ENTRY_BYTES;
    const series = { ref: this.#nextRef++, labels: encoded, key, cost, used: false };
    this.#byKey.set(key, series);
    this.#byRef.set(series.ref, series);
    this.#bytes += cost;
    this.#evict(series);
    return series;
  }

  /** Never the newest: its reference is on its way to the caller. */
  #evict(newest: CachedSeries): void {
    while (this.#bytes > this.#bytesMax && this.#byRef.size > 1) {
      const [ref, series] = this.#first();
      this.#byRef.delete(ref);
      if (series.used || series === newest) {
        // To the end of the line, without the mark.
        series.used = false;
        this.#byRef.set(ref, series);
        continue;
      }
      this.#byKey.delete(series.key);
      this.#bytes -= series.cost;
    }
  }

  #first(): [SeriesRef, CachedSeries] {
    let first = this.#line.next();
    // Once at its end, a walk does not see what comes later.
    if (first.done) first = (this.#line = this.#byRef.entries()).next();
    assert(!first.done, "no series in the cache, which is too large");
    return first.value;
  }
}

/** Same labels in the same order: same key. Lengths keep it free of collisions. */
function keyOf(labels: Labels): string {
  let key = "";
  for (const name of Object.keys(labels)) {
    const value: unknown = labels[name];
    // Refused with its name by the check; it must not meet the key of a like text.
    if (typeof value !== "string") return checkLabels(labels).join();
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}
