import type { Row } from "./model.ts";

/**
 * The newest of each series that an endpoint took for the first time. What is fresh may come
 * before what is older than the first fresh batch of that moment, and before nothing else.
 */
export class TakenOrder {
  /** By the first batch that was fresh then: 0 for what has overtaken nothing. */
  readonly #newest = new Map<number, number[]>([[0, []]]);

  /** The newest that a row must not come after; -1 without one. */
  newestBefore({ series, firstBatch = 0 }: Row): number {
    const bounding = [...this.#newest].filter(([from]) => firstBatch >= from);
    return Math.max(...bounding.map(([_from, newest]) => newest[series] ?? -1));
  }

  /**
   * @param freshFrom the first batch that was fresh when the row was sent
   * @param mayHaveMoved lanes may have parted anew, unseen: this batch may have been the first
   */
  took({ series, value, batch = 0 }: Row, freshFrom: number, mayHaveMoved: boolean): void {
    const from = mayHaveMoved ? batch : batch >= freshFrom ? freshFrom : 0;
    const newest = this.#newest.get(from) ?? [];
    newest[series] = Math.max(newest[series] ?? -1, value);
    this.#newest.set(from, newest);
  }

  /** The newest of all, by series. */
  newest(): number[] {
    const newest: number[] = [];
    for (const one of this.#newest.values()) {
      one.forEach((value, series) => newest[series] = Math.max(newest[series] ?? -1, value));
    }
    return newest;
  }
}
