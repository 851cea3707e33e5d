import type { Clock, Environment, FileSystem, HttpClient, Logger, Random } from "../contracts.ts";

/** What credentials work with. */
export interface AuthDependencies {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** For who gives out tokens and keys. A credential closes it when it is stopped. */
  readonly http: HttpClient;
  readonly env: Environment;
  /** What time it is, as the endpoint sees it. */
  readonly nowMs: () => number;
}
