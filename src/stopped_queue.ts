import type {
  BatchCounts,
  DropChoice,
  Logger,
  Platform,
  RejectedChoice,
  RejectedRequest,
  RetriedRequests,
  RetryChoice,
} from "./contracts.ts";
import { sleep } from "./actor/sleep.ts";
import { readClock } from "./clock/endpoint_time.ts";
import { DataPath, storageError } from "./data_path.ts";
import { FileSystemError, WalqError } from "./errors.ts";
import { findQueues } from "./filequeue/orphans.ts";
import { loadKernel } from "./kernel/kernel.ts";
import { loggerOf } from "./logger.ts";
import { checkAgainstHost, type QueueOptions, resolveOptions } from "./options.ts";
import { Orphans } from "./orphans.ts";
import { Pipelines } from "./pipelines.ts";
import type { EndpointDetails } from "./stats/endpoint_details.ts";
import type { EndpointSnapshot } from "./stats/endpoint_stats.ts";

const COUNT_LOOK_MS = 50;
/** Files whose heads cannot be read are not waited for. */
const COUNT_STUCK_LOOKS_MAX = 40;

/** Nothing is sent to it. */
const NOWHERE = "http://127.0.0.1:9/";

/**
 * The queue of a data path that nobody uses, as it lies there: its lock is taken, and nothing
 * is sent. What is done about it is done by the same code as in a queue that runs.
 */
export class StoppedQueue {
  readonly #platform: Platform;
  readonly #dataPath: DataPath;
  readonly #pipelines: Pipelines;

  private constructor(platform: Platform, dataPath: DataPath, pipelines: Pipelines) {
    this.#platform = platform;
    this.#dataPath = dataPath;
    this.#pipelines = pipelines;
  }

  /**
   * Takes the data path. Its endpoints are the directories in it.
   *
   * @throws {WalqError} `LOCKED` when a program uses it, `STORAGE` when it is not there, or not a
   * queue's.
   */
  static async open(
    path: string,
    { platform, logger }: { readonly platform: Platform; readonly logger: Logger | "silent" },
  ): Promise<StoppedQueue> {
    const names = await queuesIn(path, platform);
    const log = loggerOf(logger);
    const resolved = resolveOptions(optionsOf(path, names));
    await checkAgainstHost(resolved, platform);
    const kernel = await loadKernel();
    const dataPath = await DataPath.open(resolved.dataPath, platform, log);
    const orphans = new Orphans(platform.files, log, dataPath.sequence);
    const context = {
      platform,
      kernel,
      logger: log,
      dataPath: dataPath.path,
      start: readClock(platform.clock),
      isOwner: () => dataPath.isHeld(),
      syncScheduler: dataPath.syncScheduler,
      sequence: dataPath.sequence,
    };
    try {
      const pipelines = await Pipelines.open({ context, dataPath, orphans }, resolved);
      return new StoppedQueue(platform, dataPath, pipelines);
    } catch (error) {
      await dataPath.release();
      throw error;
    }
  }

  /** See {@link Queue.dropBefore}. */
  dropBefore(choice: DropChoice): Promise<BatchCounts> {
    return this.#pipelines.dropBefore(choice);
  }

  /** See {@link Queue.rejected}. */
  rejected({ endpoint }: RejectedChoice = {}): Promise<readonly RejectedRequest[]> {
    return this.#pipelines.rejected(endpoint);
  }

  /** See {@link Queue.retryRejected}: it is sent at the next start. */
  retryRejected(choice: RetryChoice = {}): Promise<RetriedRequests> {
    return this.#pipelines.retryRejected(choice);
  }

  /** What is there, when all of it that can be is counted. */
  async counted(): Promise<EndpointSnapshot[]> {
    for (let left = Infinity, stuck = 0; stuck < COUNT_STUCK_LOOKS_MAX; stuck++) {
      const uncounted = this.#pipelines.endpoints().reduce(
        (sum, { uncountedBatches }) => sum + uncountedBatches,
        0,
      );
      if (uncounted === 0) break;
      if (uncounted < left) stuck = 0;
      left = uncounted;
      await sleep(this.#platform.clock, COUNT_LOOK_MS, new AbortController().signal);
    }
    return this.#pipelines.endpoints();
  }

  /** More of one of them. */
  details(endpoint: string): EndpointDetails | undefined {
    return this.#pipelines.find(endpoint)?.details();
  }

  /** Gives the data path up. */
  async close(): Promise<void> {
    await this.#pipelines.endChanges();
    await this.#pipelines.stop();
    await this.#dataPath.close();
  }
}

/** What is kept is not to be cut by bounds that nobody has said. */
function optionsOf(dataPath: string, names: readonly string[]): QueueOptions {
  const endpoints = names.map((name) => ({ name, url: NOWHERE }));
  return { dataPath, ttl: "3650d", endpoints };
}

/** @throws {WalqError} `STORAGE` */
async function queuesIn(path: string, { files }: Platform): Promise<string[]> {
  let names: string[];
  try {
    names = await findQueues(files, path);
  } catch (error) {
    if (!(error instanceof FileSystemError) || error.code !== "not_found") {
      throw storageError(path, error);
    }
    throw new WalqError("STORAGE", `Cannot open data path "${path}": there is no such directory`);
  }
  if (names.length > 0) return names;
  throw new WalqError(
    "STORAGE",
    `Cannot open data path "${path}": expected directories of endpoints with wal/ in them`,
  );
}
