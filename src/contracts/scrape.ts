import type { Labels } from "../types.ts";
import type { LabelPair } from "./labels.ts";

/** The formats that a target may answer in, by the names that Prometheus's file has for them. */
export type ScrapeProtocol =
  | "PrometheusProto"
  | "PrometheusText0.0.4"
  | "PrometheusText1.0.0"
  | "OpenMetricsText0.0.1"
  | "OpenMetricsText1.0.0";

/** How one page is read. */
export interface PageRules {
  readonly protocol: ScrapeProtocol;
  /** The time of the scrape, and of every sample whose line has none. In milliseconds. */
  readonly scrapedMs: number;
  /** Timestamps in the page count. If not, all samples are of the time of the scrape. */
  readonly honorTimestamps: boolean;
  /** Series whose samples have timestamps of their own become stale like others when they vanish. */
  readonly trackTimestampsStaleness: boolean;
  /** Samples with a later timestamp are refused, and counted. */
  readonly latestMs: number;
  /** Of a histogram in protobuf that has native buckets these are read. */
  readonly nativeHistograms: boolean;
  /** Classic buckets are read, too, where a histogram has native ones. */
  readonly alwaysClassic: boolean;
  /** Classic histograms become native ones with custom buckets. */
  readonly convertToCustomBuckets: boolean;
  /** `_created` lines and created timestamps are start timestamps of their series. */
  readonly readsCreated: boolean;
  /** More buckets in a native histogram are merged, and if that is not enough the page is refused; 0 is no limit. */
  readonly bucketLimit: number;
  /** A native histogram whose factor from bucket to bucket is smaller is merged until it is not; 0 is none. */
  readonly minBucketFactor: number;
  /** A page that has more samples after relabeling is refused; 0 is no limit. */
  readonly sampleLimit: number;
  /**
   * Which writer's handles may name label sets in what is written ({@link BatchWriter.handlesOf});
   * 0 is none's.
   */
  readonly handlesOf: number;
  /** Of series that are not in the next page nobody says that they are stale: pages that are pushed. The same for all pages of a target. */
  readonly tellsNoEnds?: boolean;
  /** A page that has a timestamp is refused. */
  readonly refusesTimestamps?: boolean;
}

/**
 * What becomes of a series: its labels to send, by name in the order of their bytes, or
 * that it is dropped. An error refuses the whole page. Asked once for a series, and
 * remembered with it.
 */
export type SeriesRelabel = (labels: readonly LabelPair[]) => readonly LabelPair[] | "dropped";

/** What was read from a page. */
export interface PageCounts {
  /** Samples in the page, as `scrape_samples_scraped` counts them. */
  readonly scraped: number;
  /** Those of series that relabeling did not drop, as `scrape_samples_post_metric_relabeling`. */
  readonly kept: number;
  /** Series that are new since the last page that was kept, as `scrape_series_added`. */
  readonly added: number;
  /** Samples that were left out: a second one of a series with the same timestamp. */
  readonly duplicates: number;
  /** Samples that were left out: their timestamp is too far ahead. */
  readonly tooFarAhead: number;
  /** Exemplars that were left out as they break a rule. */
  readonly badExemplars: number;
}

/** What a page says of a family of metrics. */
export interface FamilyMetadata {
  readonly family: string;
  /** As in the page, in small letters: counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown. */
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/**
 * What a parser knows of one target: the series of its last page, what relabeling made of
 * them, and which of them it has to say of that they are stale. A scrape is `read` (or
 * `readNothing`, when it failed), `write`, and when what was written is in the queue
 * `keep`, otherwise `forget`.
 */
export interface TargetPages {
  /**
   * Reads a page, all of it or nothing.
   *
   * @throws {PageError} that names the line, when the page breaks its format or a limit.
   */
  read(page: Uint8Array, rules: PageRules, relabel: SeriesRelabel): PageCounts;
  /** The scrape failed, or the target is gone: every series of the last page is stale at this time. */
  readNothing(scrapedMs: number, handlesOf?: number): PageCounts;
  /**
   * What was read as a request of the kind "scraped", or "appended" where nobody's handles
   * count: samples, histograms, exemplars, start
   * timestamps, stale markers for the series that have vanished, and metadata: of families
   * that are new or have changed, or of all. It follows `read` before any call for another
   * target of the parser. The bytes are valid until the next call.
   */
  write(metadata: "changed" | "all"): Uint8Array;
  /**
   * The same as `write` has told it last, of the kind "appended": who waits may find another
   * writer. The bytes are valid until the next call.
   */
  writeWhole(): Uint8Array;
  /**
   * What was read is the last page from now on.
   *
   * @param handles those that what was written asked for, if it did
   */
  keep(handles?: Uint8Array): void;
  /** What was read never was. */
  forget(): void;
  /** What the last page says of its families. */
  metadata(): readonly FamilyMetadata[];
  /** Whether the page that was read last says something of its families that the one before did not. */
  readonly saysNew: boolean;
  /** Series in the last page, and the bytes of memory that are kept for this target. */
  readonly series: number;
  readonly heldBytes: number;
  /** Other rules for labels from now on: what relabeling made of series is forgotten, that they were there is not. */
  relabelAnew(): void;
  /** Gives the memory back. No call may follow. */
  close(): void;
}

/** Reads the pages of targets. */
export interface PageParser {
  openTarget(): TargetPages;
}

/** Some targets, as a discovery names them. */
export interface TargetGroup {
  /** Names the group within its discovery: a later one with the same name replaces it, and one without targets removes it. */
  readonly source: string;
  /** The labels of each target; `__address__` is among them. */
  readonly targets: readonly Labels[];
  /** Labels of all of them, where a target has not the same. */
  readonly labels: Labels;
}

/** Tells the targets that a discovery finds. */
export interface Discovery {
  /**
   * Finds targets until the signal aborts, and tells groups that are new or have changed.
   * What cannot be reached is logged, counted and tried again: it does not end, and what
   * was told before goes on to be valid.
   */
  run(tell: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void>;
}
