import type { Kernel, Logger, Platform } from "../contracts.ts";
import type { ClockReading } from "../clock/endpoint_time.ts";
import type { Sequence } from "../filequeue/sequence.ts";
import type { SyncScheduler } from "../filequeue/sync_scheduler.ts";
import type { StreamQueue } from "../jetstream/stream_queue.ts";
import type { ResolvedOptions } from "../options.ts";

/** What all pipelines of a queue share. */
export interface PipelineContext {
  readonly platform: Platform;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly dataPath: string;
  /** The clock's reading when the queue was opened. */
  readonly start: ClockReading;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
  /** See {@link FileQueueOptions.refuseIfLost}. */
  readonly refuseIfLost?: (() => void) | undefined;
  /** See {@link FileQueueOptions.pendingDeletes}; keyed by the endpoint's name. */
  readonly pendingDeletes?: Map<string, Set<number>>;
  /** See {@link FileQueueOptions.syncScheduler}. */
  readonly syncScheduler: SyncScheduler;
  /** See {@link FileQueueOptions.sequence}. */
  readonly sequence?: Sequence;
  /** Where batches are, if they are not in files. */
  readonly stream?: StreamQueue | undefined;
}

/** What all endpoints have in common; can be changed. */
export interface PipelineRules {
  readonly ttlMs: number;
  readonly sync: ResolvedOptions["sync"];
}
