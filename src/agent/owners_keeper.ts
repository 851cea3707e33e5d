import type { FileSystem, Logger } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { Config } from "./config/config.ts";
import { type KnownQueues, type QueueOwner, writeQueueOwners } from "./config/queue_owners.ts";

/**
 * Writes down whose the queues are, so that the next configuration gives none of them to
 * somebody else. Until it is written, what this process knows of them holds for it.
 */
export class OwnersKeeper {
  readonly #files: FileSystem;
  readonly #logger: Logger;
  #owners: readonly QueueOwner[] = [];
  #written: string | undefined;

  constructor(files: FileSystem, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** For a configuration that is read again. */
  get known(): KnownQueues {
    return { owners: this.#owners, directories: new Set() };
  }

  /** Takes those of a configuration that is in force now. Never rejects. */
  async keep({ queueOwners, knownOwners, resolved: { dataPath } }: Config): Promise<void> {
    this.#owners = queueOwners;
    const text = JSON.stringify(queueOwners);
    // The first was read from where they are written down.
    this.#written ??= JSON.stringify(knownOwners);
    if (text === this.#written) return;
    try {
      await writeQueueOwners(this.#files, dataPath, queueOwners);
      this.#written = text;
    } catch (error) {
      this.#logger.warn(
        "cannot write down whose the queues of endpoints without a name are: after a restart " +
          "with other endpoints one could get the queue of another",
        { error: messageOf(error) },
      );
    }
  }
}
