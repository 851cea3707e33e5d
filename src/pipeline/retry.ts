import type { BatchStore, Kernel, Logger, RetriedRequests } from "../contracts.ts";
import type { RejectedRequests } from "../filequeue/rejected_requests.ts";
import type { InSteps } from "./in_steps.ts";
import { onDisk } from "./on_disk.ts";
import { rejectedFiles } from "./rejected_files.ts";
import { Requeue } from "./requeue.ts";

/** What a {@link Retry} works with. */
interface RetryDependencies {
  /** The endpoint's name. */
  readonly endpoint: string;
  readonly rejected: RejectedRequests;
  readonly store: BatchStore;
  /** Of the store. @default 1 */
  readonly partitions?: number;
  readonly kernel: Kernel;
  readonly logger: Logger;
}

/**
 * Sends requests that one endpoint has refused again, the oldest first: many small ones go
 * into the queue as one file, which is a step. What is refused meanwhile is not among them.
 */
export class Retry implements InSteps<RetriedRequests> {
  readonly #dependencies: RetryDependencies;
  readonly #asked: readonly string[] | undefined;
  readonly #requeue: Requeue;
  readonly #damaged = new Set<string>();
  #unknownIds: readonly string[] = [];
  #left: readonly string[] = [];
  #requests = 0;
  #signals = 0;

  /** @param asked these alone; all where it is undefined */
  constructor(dependencies: RetryDependencies, asked: readonly string[] | undefined) {
    this.#dependencies = dependencies;
    this.#asked = asked;
    const { store, kernel, partitions } = dependencies;
    this.#requeue = new Requeue(store, kernel, partitions);
  }

  get sum(): RetriedRequests {
    return {
      requests: this.#requests,
      signals: this.#signals,
      ...rejectedFiles(this.#dependencies.endpoint, this.#damaged),
      unknownIds: this.#unknownIds,
    };
  }

  begin(): Promise<void> {
    return onDisk("send again", async () => {
      const { known, unread, damaged } = await this.#dependencies.rejected.ids();
      this.#left = known;
      // Whoever read the directory has set these aside: all that reads it may have been this.
      this.#addDamaged(damaged);
      if (this.#asked === undefined) return;
      const asked = new Set(this.#asked);
      const there = new Set([...known, ...unread, ...damaged]);
      this.#unknownIds = [...asked].filter((id) => !there.has(id));
      this.#left = known.filter((id) => asked.has(id));
    });
  }

  step(): Promise<boolean> {
    return onDisk("send again", async () => {
      const { rejected } = this.#dependencies;
      const left = this.#left;
      const sent = await rejected.sendSome(left, (requests) => this.#requeue.first(requests));
      this.#requests += sent.requests;
      this.#signals += sent.signals;
      this.#addDamaged(sent.damaged);
      this.#left = left.slice(sent.through);
      if (this.#left.length > 0) return true;
      rejected.refuseUnread(this.#asked, this.#requests);
      rejected.told(this.#damaged);
      return false;
    });
  }

  end(): void {
    const { requests, signals, damaged } = this.sum;
    if (requests === 0) return;
    const fields = { requests, signals, damaged: damaged || undefined };
    this.#dependencies.logger.info("refused requests are sent again", fields);
  }

  #addDamaged(ids: readonly string[]): void {
    for (const id of ids) this.#damaged.add(id);
  }
}
