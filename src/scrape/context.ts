import type { Clock, Decompress, Logger } from "../contracts.ts";
import type { BodyBuffers } from "../whole_body.ts";
import type { DisputedFamilies } from "./disputed_families.ts";
import type { CommitRefusals } from "./commit_refusals.ts";
import type { FailureLog } from "./failure_log.ts";
import type { RequestRoom } from "./request_room.ts";
import type { Slots } from "./slots.ts";
import type { ScrapeStats } from "./stats.ts";
import type { Tolerance } from "./ticks.ts";

/**
 * Takes what was scraped at once, if there is room for it: undefined when there is none, and
 * nothing was taken. Otherwise it tells the handles that were asked for. The bytes are the
 * caller's again when it returns. Throws what {@link CommitScrape} rejects with.
 */
export type TakeScrape = (body: Uint8Array) => { readonly handles?: Uint8Array } | undefined;

/**
 * Takes what was scraped, as an appender writes it, and does not wait for the disk.
 * Rejects when the disk refuses, and with the signal's reason when that aborts while
 * there is no room: nothing of it was taken then.
 */
export type CommitScrape = (body: Uint8Array, signal: AbortSignal) => Promise<unknown>;

/** What all scrapes have in common. */
export interface ScrapeContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly decompressGzip: Decompress;
  readonly slots: Slots;
  readonly bodyBuffers: BodyBuffers;
  readonly stats: ScrapeStats;
  readonly takeNow: TakeScrape;
  /** Whose handles of label sets may be in what `takeNow` takes next; 0 is none's. */
  readonly handlesOf: () => number;
  readonly commit: CommitScrape;
  readonly room: RequestRoom;
  readonly refusals: CommitRefusals;
  readonly failures: FailureLog;
  /** Tells this walq from others that scrape the same targets. */
  readonly seed: string;
  /** Timestamps are moved to where they should be if they are that close to it. */
  readonly timestampToleranceMs: Tolerance;
  /** All metadata of a target goes again after this time. */
  readonly metadataIntervalMs: () => number;
  /** Metadata goes with each series, as in remote write 2.0: those of the report have theirs, and each has that of its target. */
  readonly describesSeries: () => boolean;
  readonly disputes: DisputedFamilies;
}
