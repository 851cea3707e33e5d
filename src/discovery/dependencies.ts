import type { Logger, Platform } from "../contracts.ts";
import type { DiscoveryStats } from "./stats.ts";

/** What discoveries work with. */
export interface DiscoveryDependencies {
  readonly platform: Pick<
    Platform,
    "files" | "clock" | "random" | "env" | "http" | "openHttp" | "askDns" | "decompressGzip"
  >;
  readonly logger: Logger;
  readonly stats: DiscoveryStats;
}
