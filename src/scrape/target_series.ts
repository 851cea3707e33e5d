import type { SeriesRelabel, TargetPages } from "../contracts.ts";
import type { DisputedFamilies, ToldFamilies } from "./disputed_families.ts";

const NOTHING = new Uint8Array(0);

/** What is known of the series that a target's labels stand for: it outlives a target that comes back. */
export class TargetSeries {
  readonly pages: TargetPages;
  /** A report was committed, so its series end some day. */
  isReported = false;
  /** The report had its extra series. */
  hasExtra = false;
  /** By the monotonic clock: when all metadata was written last. */
  allMetadataMs: number = -Infinity;
  #told: ToldFamilies | undefined;
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

  /** The page that was read last is kept: what it says of families is held against what others say. */
  compareFamilies(disputes: DisputedFamilies): void {
    if (this.#isClosed) return;
    const isFirst = this.#told === undefined;
    this.#told ??= disputes.open();
    // All lines are looked through for it: not for nothing.
    if (isFirst || this.pages.saysNew) this.#told.replace(this.pages.metadata());
  }

  /** What the target says of families of which others say something else, as a part of a request. */
  get disputed(): Uint8Array {
    return this.#told?.disputed ?? NOTHING;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#told?.replace([]);
    this.pages.close();
  }
}
