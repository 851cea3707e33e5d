import type { StreamSnapshot } from "../contracts.ts";
import type { DropReason } from "../types.ts";
import type { EndpointSnapshot } from "./endpoint_snapshot.ts";

/** A directory that an endpoint of earlier options has left, with batches in it. */
export interface OrphanSnapshot {
  /** The directory's name: that of the endpoint it belonged to. */
  readonly name: string;
  /** Files in it. */
  readonly batches: number;
  /** The endpoint that gets them; undefined while they only lie there. */
  readonly drainsTo: string | undefined;
}

/** The clock of the host, beside those of others. */
export interface ClockSnapshot {
  /**
   * `unconfirmed`: no endpoint has said what time it is since the queue was opened;
   * `agrees`: with what they said; `ahead` or `behind`: by more than five minutes.
   */
  readonly state: "unconfirmed" | "agrees" | "ahead" | "behind";
  /** How far it is ahead (below 0: behind), of the endpoint that it is furthest from. */
  readonly aheadMs: number;
  /**
   * How far it is ahead of what comes in: of the newest timestamp of each of the last
   * requests, the middle one. Undefined while too few come in.
   */
  readonly aheadOfSendersMs: number | undefined;
}

/** A queue, at one moment. */
export interface QueueSnapshot {
  /** As in the options. */
  readonly dataPath: string;
  /** Signals committed and not yet in a file: at most one batch and what is being written. */
  readonly bufferedSignals: number;
  /**
   * Signals turned away before they were accepted, by reason, since the queue was
   * opened: `ttl` (older than the TTL when they came in), `invalid` (they, or their
   * series, break a rule), `unsupported` (the file format in use cannot carry them).
   */
  readonly refused: {
    readonly ttl: number;
    readonly invalid: number;
    readonly unsupported: number;
  };
  /** Totals over all endpoints of {@link EndpointSnapshot.droppedTotal}. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** True while the disk, or the stream, refuses writes: commits then fail with `STORAGE`. */
  readonly storeFailing: boolean;
  /**
   * Since when that is so, in milliseconds since the epoch, and what the disk, or the servers
   * of the stream, said last; undefined while nothing is refused.
   */
  readonly storeFailure: { readonly sinceMs: number; readonly lastError: string } | undefined;
  /**
   * Why nothing is stored or sent any more, where somebody removed the data path or
   * its lock, or another process has it; undefined while all is well.
   */
  readonly dataPathLost: string | undefined;
  /** Where its batches are in a stream; undefined where they are in files. */
  readonly stream: StreamSnapshot | undefined;
  /** Whether the clock of the host is right, as far as that is known. */
  readonly clock: ClockSnapshot;
  /** Directories of earlier endpoints that hold batches. */
  readonly orphans: readonly OrphanSnapshot[];
  /** Signals in such directories that were deleted because the options said so. */
  readonly forgottenSignals: number;
  /** One entry for each endpoint, and one for each orphan that is being drained. */
  readonly endpoints: readonly EndpointSnapshot[];
}
