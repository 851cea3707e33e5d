import type { LabelPair, PageRules, TargetPages } from "../../contracts.ts";
import { messageOf, PageError, WalqError } from "../../errors.ts";
import { MADE_BYTES_MAX, type MadeRequest, type PushQueue } from "./protocol.ts";

/** What is remembered of pages: of so many kinds of pushes, and of each so much. */
const REMEMBERED_MAX = 16;
const REMEMBERED_BYTES_MAX = 1024 * 1024;
/** What a sample takes in a request beside its labels. */
const SAMPLE_BYTES = 32;

/** How one page is read. */
export interface PagePush {
  readonly rules: Pick<
    PageRules,
    "protocol" | "scrapedMs" | "honorTimestamps" | "refusesTimestamps"
  >;
  /** Given to each series, in place of what it has under these names; an empty one takes a label away. */
  readonly labels: ReadonlyMap<string, string>;
  /** Two samples of one series at one time refuse the page. */
  readonly refusesDuplicates: boolean;
}

/**
 * Reads pages that are pushed. The kernel remembers the series of the last page that came
 * with the same labels: who pushes again costs what a scrape costs, and no object is made
 * for a sample. It is a cache and no more, but that an exemplar which was the series' last
 * one before is not sent again.
 */
export class PageIntake {
  readonly #idle = new Map<string, TargetPages>();

  /** @throws {PageError} that names the line; {@link WalqError} `TOO_LARGE`, `INVALID_REQUEST` */
  read(page: Uint8Array, push: PagePush, queue: PushQueue): MadeRequest {
    if (page.length === 0) return { bytes: page, leftOut: {} };
    if (push.rules.protocol !== "PrometheusProto") refuseEarlyEnd(page);
    const key = JSON.stringify([...push.labels]);
    const target = this.#idle.get(key) ?? queue.pages.openTarget();
    this.#idle.delete(key);
    try {
      const counts = target.read(page, rulesOf(push), relabelWith(push.labels));
      const { duplicates } = counts;
      if (push.refusesDuplicates && duplicates > 0) {
        const what = `${duplicates} samples of series that are there already with the same labels`;
        throw new PageError(0, `got ${what}, wanted each series once`);
      }
      return {
        bytes: target.write("all").slice(),
        leftOut: { duplicate: duplicates },
        end: (isTaken) => {
          if (isTaken) target.keep();
          else target.forget();
          this.#rest(key, target);
        },
      };
    } catch (error) {
      target.forget();
      target.close();
      throw asTooLarge(error);
    }
  }

  #rest(key: string, target: TargetPages): void {
    this.#idle.get(key)?.close();
    this.#idle.delete(key);
    if (target.heldBytes > REMEMBERED_BYTES_MAX) return target.close();
    this.#idle.set(key, target);
    const [oldest] = this.#idle;
    if (this.#idle.size <= REMEMBERED_MAX || oldest === undefined) return;
    this.#idle.delete(oldest[0]);
    oldest[1].close();
  }
}

function rulesOf({ rules, labels }: PagePush): PageRules {
  return {
    trackTimestampsStaleness: false,
    tellsNoEnds: true,
    // Who sends what is of tomorrow means it, as with remote write.
    latestMs: Infinity,
    handlesOf: 0,
    nativeHistograms: true,
    alwaysClassic: true,
    convertToCustomBuckets: false,
    readsCreated: false,
    bucketLimit: 0,
    minBucketFactor: 0,
    sampleLimit: Math.floor(MADE_BYTES_MAX / (bytesOf(labels) + SAMPLE_BYTES)),
    ...rules,
  };
}

const LINE_FEED = 0x0a;
const BLANKS: readonly (number | undefined)[] = [0x20, 0x09];

/**
 * Prometheus takes a line that begins with a byte of 0 for the end of the page. Of a push the
 * rest would be lost, and who sent it would be told that it is durable.
 */
function refuseEarlyEnd(page: Uint8Array): void {
  for (let at = page.indexOf(0); at >= 0; at = page.indexOf(0, at + 1)) {
    let before = at - 1;
    while (BLANKS.includes(page[before])) before--;
    if (before >= 0 && page[before] !== LINE_FEED) continue;
    const line = 1 + page.subarray(0, at).filter((byte) => byte === LINE_FEED).length;
    throw new PageError(line, `got a byte of 0 at byte ${at - before}, wanted a metric name`);
  }
}

function bytesOf(labels: Iterable<LabelPair>): number {
  let bytes = 0;
  // A character has at most three bytes, and a label some around it.
  for (const [name, value] of labels) bytes += 3 * (name.length + value.length) + 8;
  return bytes;
}

/** Asked for series that are new. */
function relabelWith(given: ReadonlyMap<string, string>) {
  let left = MADE_BYTES_MAX;
  const added = bytesOf(given);
  return (own: readonly LabelPair[]): readonly LabelPair[] => {
    left -= added;
    if (left < 0) throw tooLarge();
    const labels = new Map<string, string>();
    for (const [name, value] of own) {
      if (given.has(name)) continue;
      if (labels.has(name)) throw new PageError(0, `got the label ${JSON.stringify(name)} twice`);
      labels.set(name, value);
    }
    for (const [name, value] of given) labels.set(name, value);
    return [...labels].filter(([, value]) => value !== "").sort(byName);
  };
}

function byName([a]: LabelPair, [b]: LabelPair): number {
  return a < b ? -1 : 1;
}

function tooLarge(): WalqError {
  const message = "The labels of the URL, given to each sample, make the request larger than " +
    `${MADE_BYTES_MAX} bytes: push less at once`;
  return new WalqError("TOO_LARGE", message);
}

function asTooLarge(error: unknown): unknown {
  const isLimit = error instanceof PageError && messageOf(error).endsWith("(sample_limit)");
  return isLimit ? tooLarge() : error;
}
