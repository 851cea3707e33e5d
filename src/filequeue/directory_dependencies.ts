import type { Clock, FileSystem, Logger } from "../contracts.ts";
import type { QueueDirectory } from "./directory.ts";

/** What those work with who do one thing each in a queue's directory. */
export interface DirectoryDependencies {
  readonly directory: QueueDirectory;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  /** See {@link FileQueueOptions.isOwner}. */
  readonly isOwner: () => Promise<boolean>;
}
