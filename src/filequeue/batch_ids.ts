import type { BatchId, StorableBatch } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { IdInUse } from "./directory.ts";
import { committedId } from "./file_name.ts";
import { ID_MAX } from "./recovery.ts";
import type { Sequence } from "./sequence.ts";
import type { DirectoryDependencies } from "./directory_dependencies.ts";

/** The ids of one queue's batches: those of the stores before it, else the next of the data path; never one that a file has. */
export class BatchIds {
  readonly #dependencies: DirectoryDependencies;
  readonly #sequence: Sequence;
  /** Every id of this queue is smaller. */
  #next: BatchId = 1;

  constructor(dependencies: DirectoryDependencies, sequence: Sequence) {
    this.#dependencies = dependencies;
    this.#sequence = sequence;
  }

  /** No smaller id is given from now on. Returns the smallest that may be. */
  startFrom(next: BatchId): BatchId {
    this.#next = next;
    this.#sequence.pass(next - 1);
    return next;
  }

  /** Has the batch stored under an id that no file has, whoever wrote it. */
  async give(
    storable: StorableBatch,
    store: (id: BatchId) => Promise<number>,
  ): Promise<{ id: BatchId; bytes: number }> {
    const { isOwner, logger } = this.#dependencies;
    for (;;) {
      const id = this.#idFor(storable);
      try {
        return { id, bytes: await store(id) };
      } catch (error) {
        if (!(error instanceof IdInUse)) throw error;
        if (!await isOwner()) throw lostTo(error);
        const message = "somebody else has put a batch there; it is sent after the next start";
        logger.error(message, { path: error.path });
        await this.#passIdsInUse();
      }
    }
  }

  /** That of the stores before it, unless it was tried here already. */
  #idFor(storable: StorableBatch): BatchId {
    const { id: given = 0 } = storable;
    const id = given >= this.#next ? given : this.#sequence.next();
    storable.id = id;
    this.#next = id + 1;
    return id;
  }

  async #passIdsInUse(): Promise<void> {
    const { files, directory } = this.#dependencies;
    await files.visit(directory.wal, ({ name }) => {
      const id = committedId(name);
      if (id !== undefined && id <= ID_MAX) this.#sequence.pass(id);
    });
  }
}

/** Somebody else used an id, and the lock is not there or not this process's. */
function lostTo(cause: IdInUse): WalqError {
  const message = `another process writes to the data path: ${cause.message}`;
  return new WalqError("STORAGE", message, { cause });
}
