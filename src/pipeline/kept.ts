import type {
  AgeJudge,
  BatchCounts,
  BatchStore,
  DeliveredRules,
  KeepRefused,
  Kernel,
  Logger,
  Platform,
  RejectedRequest,
  RejectedRules,
  RejectedTotals,
  RetriedRequests,
} from "../contracts.ts";
import { FileSystemError, WalqError } from "../errors.ts";
import type { DeliveredBatches } from "../filequeue/delivered_batches.ts";
import type { DeliveredBatch, Window } from "../filequeue/delivered_read.ts";
import { RejectedRequests } from "../filequeue/rejected_requests.ts";
import type { ResolvedEndpoint } from "../options.ts";
import { Replay } from "./replay.ts";
import { Requeue } from "./requeue.ts";

/** What {@link Kept} works with. */
interface KeptDependencies {
  /** The endpoint's name. */
  readonly endpoint: string;
  /** `<data_path>/<endpoint>`. */
  readonly directory: string;
  readonly platform: Platform;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly age: AgeJudge;
  readonly store: BatchStore;
  readonly delivered: DeliveredBatches;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
}

/** Signals of one endpoint that have their outcome and can be sent again: what it has refused, and what it has taken. */
export class Kept {
  readonly #dependencies: KeptDependencies;
  readonly #rejected: RejectedRequests;
  #replayed = 0;

  constructor(dependencies: KeptDependencies, options: ResolvedEndpoint) {
    this.#dependencies = dependencies;
    const { platform: { files, clock, random }, kernel, ...rest } = dependencies;
    const checksumOf = (bytes: Uint8Array): string => kernel.checksumOf(bytes);
    const rules = rejectedRules(options);
    this.#rejected = new RejectedRequests({ ...rest, files, clock, random, checksumOf, rules });
  }

  /** Looks in the background at what the runs before have left. */
  start(): void {
    this.#rejected.start();
    this.#dependencies.delivered.start();
  }

  configure(options: ResolvedEndpoint): void {
    this.#rejected.configure(rejectedRules(options));
    this.#dependencies.delivered.configure(deliveredRules(options));
  }

  async close(): Promise<void> {
    await this.#rejected.close();
    await this.#dependencies.delivered.close();
  }

  /** See {@link RejectedRequests.keep}. */
  get refused(): KeepRefused {
    return this.#rejected.keep;
  }

  get totals(): KeptTotals {
    const { files, bytes } = this.#dependencies.delivered.totals;
    const delivered = { files, bytes, replayed: this.#replayed };
    return { rejected: this.#rejected.totals(), delivered };
  }

  /** The oldest first. @throws {WalqError} `STORAGE` */
  rejected(): Promise<RejectedRequest[]> {
    return onDisk("list rejected requests", () => this.#rejected.list());
  }

  /**
   * Sends these of them again, or all: they are in the store when it resolves.
   *
   * @param mayGoOn asked before each
   * @throws {WalqError} `STORAGE`, `CLOSED`; those before are through.
   */
  async retryRejected(
    ids: readonly string[] | undefined,
    mayGoOn: () => boolean,
  ): Promise<RetriedRequests> {
    const { store, kernel, logger } = this.#dependencies;
    const requeue = new Requeue(store, kernel);
    const sent = await onDisk(
      "send again",
      () =>
        this.#rejected.sendAgain(ids, (request) => {
          refuseUnless(mayGoOn);
          return requeue.request(request);
        }),
    );
    if (sent.requests > 0) logger.info("refused requests are sent again", { ...sent });
    return sent;
  }

  /**
   * Sends again what was delivered, is kept and has a timestamp in the window: it is in the
   * store when this resolves. A dry run says how much that would be.
   *
   * @param mayGoOn asked before each batch
   * @throws {WalqError} `STORAGE`, `CLOSED`; what came before is through.
   */
  async replay(
    window: Window,
    { isDryRun, mayGoOn }: { readonly isDryRun: boolean; readonly mayGoOn: () => boolean },
  ): Promise<BatchCounts> {
    const { store, kernel, platform, delivered, logger } = this.#dependencies;
    const { decompressZstd } = platform;
    const replay = new Replay({ store, kernel, decompressZstd, isDryRun }, window);
    try {
      await onDisk(
        "replay",
        () =>
          delivered.visit(window, (batch) => {
            refuseUnless(mayGoOn);
            return this.#replayOne(batch, replay);
          }),
      );
    } finally {
      const { sum, left } = replay;
      if (!isDryRun) this.#replayed += sum.signals;
      const fields = { ...sum, exemplars_left_out: left || undefined };
      if (sum.batches > 0 && !isDryRun) logger.info("delivered batches are sent again", fields);
    }
    return replay.sum;
  }

  async #replayOne(batch: DeliveredBatch, replay: Replay): Promise<void> {
    try {
      await replay.one(batch);
    } catch (error) {
      if (!(error instanceof WalqError) || !DAMAGES.includes(error.code)) throw error;
      this.#dependencies.logger.error("a kept batch is damaged", { error: error.message });
    }
  }
}

function refuseUnless(mayGoOn: () => boolean): void {
  if (!mayGoOn()) throw new WalqError("CLOSED", "Cannot send again: the queue is closed");
}

/** What the disk refuses, as callers of a queue are told it. */
async function onDisk<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    throw new WalqError("STORAGE", `Cannot ${what}: ${error.message}`, { cause: error });
  }
}

const DAMAGES: readonly string[] = ["CORRUPT", "UNSUPPORTED_FORMAT"];

/** What is kept of an endpoint's signals, and what came of that. */
interface KeptTotals {
  readonly rejected: RejectedTotals;
  readonly delivered: {
    readonly files: number;
    readonly bytes: number;
    /** Signals that were sent again. */
    readonly replayed: number;
  };
}

function rejectedRules(options: ResolvedEndpoint): RejectedRules {
  return { bytesMax: options.rejectedBytesMax, ageMsMax: options.rejectedAgeMsMax };
}

export function deliveredRules(options: ResolvedEndpoint): DeliveredRules {
  return { ageMsMax: options.keepDeliveredMs, bytesMax: options.keepDeliveredBytesMax };
}
