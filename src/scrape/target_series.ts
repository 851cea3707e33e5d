import type { SeriesRelabel, TargetPages } from "../contracts.ts";

/** What is known of the series that a target's labels stand for: it outlives a target that comes back. */
export class TargetSeries {
  readonly pages: TargetPages;
  /** A report was committed, so its series end some day. */
  isReported = false;
  /** The report had its extra series. */
  hasExtra = false;
  /** By the monotonic clock: when all metadata was written last. */
  allMetadataMs: number = -Infinity;
  #rulesKey: string | undefined;
  #isClosed = false;

  constructor(pages: TargetPages) {
    this.pages = pages;
  }

  /** Series are relabeled by these rules from now on. */
  goBy(rules: { readonly key: string; readonly relabel: SeriesRelabel }): void {
    if (this.#rulesKey !== undefined && this.#rulesKey !== rules.key) this.pages.relabelAnew();
    this.#rulesKey = rules.key;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.pages.close();
  }
}
