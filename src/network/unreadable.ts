import type { Clock } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";

/** A few lines to be seen, then one an hour, as only a change on either side ends it. */
const QUIET = { afterLines: 5, intervalMs: 3_600_000 };

/** Limits lines about answers that cannot be read; the shards of an endpoint share it. */
export function unreadableLimiter(clock: Clock): LogLimiter {
  return new LogLimiter(clock, QUIET);
}
