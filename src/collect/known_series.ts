import { keptLabels } from "../appender/series.ts";
import type { Labels } from "../types.ts";
import type { GivenLabels } from "./shapes.ts";

/** A series that a registry has, or had a moment ago. */
export interface KnownSeries {
  /** Here, and not in the cache of the queue: a registry may have more than that has room for. */
  readonly kept: Labels;
  /** What the registry gave the last time: names and values by turns. */
  given: readonly unknown[];
  readonly name: string;
  /** The round in which it was there last; below 0 before the first. */
  round: number;
  /** Its exemplar that was told last, as one text. */
  exemplar: string;
}

/** What makes a series of what a registry gives. */
export type MakeLabels = (name: string, given: GivenLabels) => Labels;

/**
 * The series of a registry. From round to round they come in the same order, so a series is
 * first compared with the one that was in its place, without a text being made of it.
 */
export class SeriesTable {
  readonly #byKey = new Map<string, KnownSeries>();
  /** By metric: its series in the order of the last round. */
  readonly #places = new Map<string, KnownSeries[]>();

  get size(): number {
    return this.#byKey.size;
  }

  /**
   * The series of a metric's value.
   *
   * @throws {WalqError} `INVALID_LABELS`
   */
  find(
    metric: string,
    place: number,
    name: string,
    given: GivenLabels,
    make: MakeLabels,
  ): KnownSeries {
    let places = this.#places.get(metric);
    if (places === undefined) this.#places.set(metric, places = []);
    const last = places[place];
    if (last !== undefined && last.name === name && isGiven(last.given, given)) return last;
    const labels = make(name, given);
    const key = keyOf(labels);
    const series = this.#byKey.get(key) ??
      { kept: keptLabels(labels), given: [], name, round: -1, exemplar: "" };
    // It may come otherwise than the last time: a number that was a text, in another order.
    series.given = Object.entries(given).flat();
    this.#byKey.set(key, series);
    places[place] = series;
    return series;
  }

  /** A metric has so many values in this round. */
  trim(metric: string, values: number): void {
    const places = this.#places.get(metric);
    if (places !== undefined && places.length > values) places.length = values;
  }

  /** Those that were not there in this round. */
  *goneIn(round: number): Iterable<KnownSeries> {
    for (const series of this.#byKey.values()) if (series.round !== round) yield series;
  }

  /** Those that were. */
  *thereIn(round: number): Iterable<KnownSeries> {
    for (const series of this.#byKey.values()) if (series.round === round) yield series;
  }

  /** All that were not there in this round are not known any more. */
  forgetGone(round: number, metrics: ReadonlySet<string>): void {
    for (const [key, series] of this.#byKey) if (series.round !== round) this.#byKey.delete(key);
    for (const [metric, places] of this.#places) {
      if (!metrics.has(metric)) this.#places.delete(metric);
      // One that is in its place and not in the table would come back unseen.
      else if (places.some((series) => series.round !== round)) this.#places.set(metric, []);
    }
  }
}

function isGiven(flatGiven: readonly unknown[], given: GivenLabels): boolean {
  let at = 0;
  for (const name in given) {
    if (flatGiven[at] !== name || flatGiven[at + 1] !== given[name]) return false;
    at += 2;
  }
  return at === flatGiven.length;
}

/** Not by the order of the labels: a series that comes twice is told so. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}
