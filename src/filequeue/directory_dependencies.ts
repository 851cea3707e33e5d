import type { Clock, FileSystem, Logger } from "../contracts.ts";
import type { QueueDirectory } from "./directory.ts";

/** What each part that works in a queue's directory needs. */
export interface DirectoryDependencies {
  readonly directory: QueueDirectory;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
}
