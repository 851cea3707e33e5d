import type {
  AgeJudge,
  BatchStore,
  DeliveredRules,
  KeepRefused,
  Kernel,
  Logger,
  PassedOver,
  Platform,
  RejectedRequest,
  RejectedRules,
  RejectedTotals,
  ReplayedBatches,
  RetriedRequests,
} from "../contracts.ts";
import type { DeliveredBatches } from "../filequeue/delivered_batches.ts";
import type { Window } from "../filequeue/delivered_read.ts";
import { RejectedRequests } from "../filequeue/rejected_requests.ts";
import type { ResolvedEndpoint } from "../options.ts";
import type { InSteps } from "./in_steps.ts";
import { onDisk } from "./on_disk.ts";
import { rejectedFiles } from "./rejected_files.ts";
import { Replay } from "./replay.ts";
import { Retry } from "./retry.ts";

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
  /** Of the store. @default 1 */
  readonly partitions?: number;
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
   * Those of them that cannot be listed: what was found damaged since the start, until
   * {@link retryRejected} tells it, and what the disk does not read.
   *
   * @throws {WalqError} `STORAGE`
   */
  damagedRejected(): Promise<PassedOver> {
    return onDisk("list rejected requests", async () => {
      const { unread, damaged } = await this.#rejected.ids();
      return rejectedFiles(this.#dependencies.endpoint, [...damaged, ...unread]);
    });
  }

  /** Sends these of them again, or all: after each step those that it took are in the store. */
  retryRejected(ids: readonly string[] | undefined): InSteps<RetriedRequests> {
    return new Retry({ ...this.#dependencies, rejected: this.#rejected }, ids);
  }

  /**
   * Sends again what was delivered, is kept and has a timestamp in the window: after each step
   * what it took is in the store. A dry run says how much that would be.
   */
  replay(window: Window, isDryRun: boolean): InSteps<ReplayedBatches> {
    const { platform: { decompressZstd }, ...rest } = this.#dependencies;
    const onSent = (signals: number): void => {
      this.#replayed += signals;
    };
    return new Replay({ ...rest, decompressZstd, isDryRun, onSent }, window);
  }
}

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
