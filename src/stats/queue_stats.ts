import type { DropReason } from "../types.ts";
import type { EndpointSnapshot } from "./endpoint_stats.ts";

/** A directory that an endpoint of earlier options has left, with batches in it. */
export interface OrphanSnapshot {
  readonly name: string;
  readonly batches: number;
  /** The endpoint that gets them; undefined while they only lie there. */
  readonly drainsTo: string | undefined;
}

/** A queue, at one moment. */
export interface QueueSnapshot {
  readonly dataPath: string;
  /** Signals committed and not yet in a file: at most one batch and what is being written. */
  readonly bufferedSignals: number;
  /** Signals turned away before they were accepted, by reason. */
  readonly refused: {
    readonly ttl: number;
    readonly invalid: number;
    readonly unsupported: number;
  };
  /** Totals over all endpoints of {@link EndpointSnapshot.droppedTotal}. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** True while the disk refuses writes: commits then fail with `STORAGE`. */
  readonly storeFailing: boolean;
  /** Directories of earlier endpoints that hold batches. */
  readonly orphans: readonly OrphanSnapshot[];
  /** Signals in such directories that were deleted because the options said so. */
  readonly forgottenSignals: number;
  readonly endpoints: readonly EndpointSnapshot[];
}
