import type { Kernel, Logger, Platform } from "../contracts.ts";
import { readClock } from "../clock/endpoint_time.ts";
import { DataPath } from "../data_path.ts";
import { WalqError } from "../errors.ts";
import { loadKernel } from "../kernel/kernel.ts";
import { checkAgainstHost, type ResolvedOptions } from "../options.ts";
import { Orphans } from "../orphans.ts";
import { Pipelines } from "../pipelines.ts";

/** What a queue is made of; all of it is open, and nothing is started. */
export interface QueueParts {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly kernel: Kernel;
  readonly options: ResolvedOptions;
  readonly dataPath: DataPath;
  readonly orphans: Orphans;
  readonly pipelines: Pipelines;
}

/** @throws {WalqError} as `Queue.open` does; nothing is open then. */
export async function openParts(
  options: ResolvedOptions,
  platform: Platform,
  logger: Logger,
): Promise<QueueParts> {
  if (options.store !== undefined) {
    throw new WalqError("INVALID_OPTIONS", "Cannot open the queue: got a store, expected none");
  }
  await checkAgainstHost(options, platform);
  const kernel = await loadKernel();
  const dataPath = await DataPath.open(options.dataPath, platform, logger);
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
  };
  try {
    const pipelines = await Pipelines.open({ context, dataPath, orphans }, options);
    return { platform, logger, kernel, options, dataPath, orphans, pipelines };
  } catch (error) {
    await dataPath.release();
    throw error;
  }
}
