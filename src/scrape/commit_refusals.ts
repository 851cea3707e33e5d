import { LogLimiter } from "../actor/log_limiter.ts";
import type { Clock, Logger } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { ScrapeStats } from "./stats.ts";

/** Scrapes that could not be committed: each is a gap. The log has one line in a while for all of them. */
export class CommitRefusals {
  readonly #logger: Logger;
  readonly #stats: ScrapeStats;
  readonly #lines: LogLimiter;

  constructor(clock: Clock, logger: Logger, stats: ScrapeStats) {
    this.#logger = logger;
    this.#stats = stats;
    this.#lines = new LogLimiter(clock);
  }

  add(target: string, error: unknown): void {
    this.#stats.counts.uncommitted++;
    const hidden = this.#lines.admit();
    if (hidden === undefined) return;
    this.#logger.error("what was scraped could not be committed: there is a gap", {
      target,
      error: messageOf(error),
      more_like_it: hidden || undefined,
    });
  }
}
