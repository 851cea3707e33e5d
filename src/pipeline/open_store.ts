import type { BatchId, BatchStore, EndpointEvents, Logger, StoreRules } from "../contracts.ts";
import { DeliveredBatches } from "../filequeue/delivered_batches.ts";
import { FileQueue } from "../filequeue/filequeue.ts";
import type { ResolvedEndpoint } from "../options.ts";
import { EndpointStats } from "../stats/endpoint_stats.ts";
import type { PipelineContext, PipelineRules } from "./context.ts";
import { deliveredRules } from "./kept.ts";

/** The directory of one endpoint, open, and who is told of it. */
interface OpenedStore {
  readonly store: BatchStore;
  readonly stats: EndpointStats;
  readonly delivered: DeliveredBatches;
  /** Says of each line which endpoint it is about. */
  readonly logger: Logger;
}

/** Opens the endpoint's directory, or its place in the stream. @throws {FileSystemError | WalqError} as `FileQueue.open` does */
export async function openStore(
  context: PipelineContext,
  options: ResolvedEndpoint,
  rules: PipelineRules,
  onQuarantined: (id: BatchId) => void,
): Promise<OpenedStore> {
  const logger = withEndpoint(context.logger, options.name);
  const { files, clock, random, decompressZstd } = context.platform;
  const directory = `${context.dataPath}/${options.name}`;
  const stats = new EndpointStats(clock);
  const pendingDeletes = context.pendingDeletes?.get(options.name) ?? new Set();
  context.pendingDeletes?.set(options.name, pendingDeletes);
  const delivered = new DeliveredBatches({
    directory,
    files,
    clock,
    logger,
    rules: deliveredRules(options),
  });
  const { stream } = context;
  if (stream !== undefined) {
    const { name: endpoint } = options;
    const of = {
      endpoint,
      logger,
      events: stats,
      rules: storeRules(options, rules),
      onQuarantined,
    };
    return { store: stream.open(of), stats, delivered, logger };
  }
  const store = await FileQueue.open({
    onQuarantined,
    directory,
    files,
    clock,
    random,
    hasZstd: decompressZstd !== undefined,
    events: stats satisfies EndpointEvents,
    logger,
    rules: storeRules(options, rules),
    isOwner: context.isOwner,
    refuseIfLost: context.refuseIfLost,
    pendingDeletes,
    syncScheduler: context.syncScheduler,
    delivered,
    ...(context.sequence && { sequence: context.sequence }),
  });
  return { store, stats, delivered, logger };
}

/** How the store of an endpoint keeps what it is given. */
export function storeRules(options: ResolvedEndpoint, { sync }: PipelineRules): StoreRules {
  return { ...sync, maxDiskBytes: options.maxDiskBytes, onFull: options.onFull };
}

function withEndpoint(logger: Logger, endpoint: string): Logger {
  return {
    debug: (message, fields) => logger.debug(message, { endpoint, ...fields }),
    info: (message, fields) => logger.info(message, { endpoint, ...fields }),
    warn: (message, fields) => logger.warn(message, { endpoint, ...fields }),
    error: (message, fields) => logger.error(message, { endpoint, ...fields }),
  };
}
