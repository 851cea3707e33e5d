import type { Kernel, Logger, Platform } from "../contracts.ts";
import { readClock } from "../clock/endpoint_time.ts";
import { DataPath, storageError } from "../data_path.ts";
import { loadKernel } from "../kernel/kernel.ts";
import { checkAgainstHost, type ResolvedOptions } from "../options.ts";
import { Orphans } from "../orphans.ts";
import type { StreamQueue } from "../jetstream/stream_queue.ts";
import { Pipelines } from "../pipelines.ts";
import { openStreamQueue } from "./open_stream_queue.ts";

/** What a queue is made of; all of it is open, and nothing is started. */
export interface QueueParts {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly kernel: Kernel;
  readonly options: ResolvedOptions;
  readonly dataPath: DataPath;
  readonly orphans: Orphans;
  readonly pipelines: Pipelines;
  /** Where batches are, if they are not in files. */
  readonly stream: StreamQueue | undefined;
}

/** @throws {WalqError} as `Queue.open` does; nothing is open then. */
export async function openParts(
  options: ResolvedOptions,
  platform: Platform,
  logger: Logger,
): Promise<QueueParts> {
  await checkAgainstHost(options, platform);
  const kernel = await loadKernel();
  const dataPath = await DataPath.open(options.dataPath, platform, logger);
  let stream: StreamQueue | undefined;
  try {
    stream = await openStreamQueue(options, platform, logger);
    const orphans = new Orphans(platform.files, logger, dataPath.sequence);
    const context = {
      platform,
      kernel,
      logger,
      dataPath: dataPath.path,
      start: readClock(platform.clock),
      isOwner: () => dataPath.isHeld(),
      refuseIfLost: () => dataPath.refuseIfLost(),
      pendingDeletes: new Map<string, Set<number>>(),
      syncScheduler: dataPath.syncScheduler,
      sequence: dataPath.sequence,
      stream,
    };
    const pipelines = await Pipelines.open({ context, dataPath, orphans }, options);
    return { platform, logger, kernel, options, dataPath, orphans, pipelines, stream };
  } catch (error) {
    await stream?.close();
    await dataPath.release();
    throw storageError(dataPath.path, error);
  }
}
