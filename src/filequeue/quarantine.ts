import type { BatchId, EndpointEvents, Logger } from "../contracts.ts";
import { type FileSystemError, messageOf } from "../errors.ts";
import type { QueueDirectory } from "./directory.ts";

/** Files that are given up: set aside, counted and logged. */
export class Quarantine {
  readonly #directory: QueueDirectory;
  readonly #events: EndpointEvents;
  readonly #logger: Logger;

  constructor(directory: QueueDirectory, events: EndpointEvents, logger: Logger) {
    this.#directory = directory;
    this.#events = events;
    this.#logger = logger;
  }

  async take(id: BatchId, signals: number, reason: string): Promise<void> {
    const path = this.#directory.pathOf(id);
    // Counted in the moment in which it stops being pending, however long the disk takes.
    this.#logger.error("file set aside in quarantine", { path, signals, reason });
    this.#events.quarantined({ id, signals, reason });
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
  }
}
