import type { BatchId } from "../contracts.ts";
import { messageOf } from "../errors.ts";

/** How often in a row the endpoint may fail with a batch before it goes on without it. */
const FAILURES_MAX = 3;
/** Beyond it the oldest are forgotten: a batch that is to blame fails again. */
const BATCHES_MAX = 64;

interface Failure {
  readonly count: number;
  readonly reason: string;
}

/**
 * The batches that an endpoint failed with: a bug that one batch brings to light
 * must not stop all that come after it. Outlives the endpoint, which is replaced
 * after each failure.
 */
export class FailedBatches {
  readonly #failures = new Map<BatchId, Failure>();

  /** Each of these batches may be the one to blame. */
  note(ids: Iterable<BatchId>, error: unknown): void {
    const reason = messageOf(error);
    for (const id of new Set(ids)) {
      const count = (this.#failures.get(id)?.count ?? 0) + 1;
      this.#failures.delete(id);
      this.#failures.set(id, { count, reason });
    }
    for (const id of this.#failures.keys()) {
      if (this.#failures.size <= BATCHES_MAX) return;
      this.#failures.delete(id);
    }
  }

  /** An endpoint failed with it, or with a request that it has a part in. */
  isSuspect(id: BatchId): boolean {
    return this.#failures.has(id);
  }

  /** Why the batch is to be given up; undefined while it is not. */
  verdict(id: BatchId): string | undefined {
    const { count, reason } = this.#failures.get(id) ?? { count: 0, reason: "" };
    if (count < FAILURES_MAX) return undefined;
    return `the endpoint failed with it ${count} times in a row: ${reason}`;
  }

  /** The batch is done, or was given up. */
  forget(id: BatchId): void {
    this.#failures.delete(id);
  }
}
