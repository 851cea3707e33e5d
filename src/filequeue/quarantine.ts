import type { BatchId, EndpointEvents, Logger } from "../contracts.ts";
import { type FileSystemError, messageOf } from "../errors.ts";
import type { QueueDirectory } from "./directory.ts";

/** What a {@link Quarantine} works with. */
interface QuarantineDependencies {
  readonly directory: QueueDirectory;
  readonly events: EndpointEvents;
  readonly logger: Logger;
  /** See {@link FileQueueOptions.onQuarantined}. */
  readonly onQuarantined: (id: BatchId) => void;
}

/** Files that are given up: set aside, counted and logged. */
export class Quarantine {
  readonly #directory: QueueDirectory;
  readonly #events: EndpointEvents;
  readonly #logger: Logger;
  readonly #onQuarantined: (id: BatchId) => void;

  constructor({ directory, events, logger, onQuarantined }: QuarantineDependencies) {
    this.#directory = directory;
    this.#events = events;
    this.#logger = logger;
    this.#onQuarantined = onQuarantined;
  }

  async take(id: BatchId, signals: number, reason: string): Promise<void> {
    const path = this.#directory.pathOf(id);
    // Counted in the moment in which it stops being pending, however long the disk takes.
    this.#logger.error("file set aside in quarantine", { path, signals, reason });
    this.#events.quarantined({ id, signals, reason });
    this.#onQuarantined(id);
    try {
      await this.#directory.setAside(id, reason);
    } catch (error) {
      // It stays where it is and is found again at the next start.
      const fields = { path, error: messageOf(error) };
      this.#logger.error("cannot move a damaged file to quarantine", fields);
    }
  }

  /** A file that cannot be read. */
  async takeUnread(id: BatchId, error: FileSystemError): Promise<void> {
    if (error.code !== "not_found") return await this.take(id, 0, error.message);
    // Somebody deleted it under us: nothing to set aside, but not silent.
    const reason = "somebody deleted it";
    this.#logger.error("a file is gone", { path: this.#directory.pathOf(id), reason });
    this.#events.quarantined({ id, signals: 0, reason });
    this.#onQuarantined(id);
  }
}
