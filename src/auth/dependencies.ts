import type { Clock, FileSystem, Logger } from "../contracts.ts";

/** What credentials work with. */
export interface AuthDependencies {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}
