import type { Clock, Logger, StreamHead, StreamLog, StreamSeq } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { sleep } from "../actor/sleep.ts";
import { messageOf, StreamError } from "../errors.ts";

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 10_000;

/** What a {@link HeadsFollower} works with. */
interface HeadsFollowerDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly subject: string;
}

/** Tells of each message of a subject, once and in order, for as long as it is not stopped. */
export class HeadsFollower {
  readonly #actor: Actor;
  #at: StreamSeq;

  /** @param after the number after which it begins */
  constructor(
    { log, clock, logger, subject }: HeadsFollowerDependencies,
    after: StreamSeq,
    onHead: (head: StreamHead) => void,
  ) {
    this.#at = after;
    const limiter = new LogLimiter(clock);
    this.#actor = new Actor(async (signal) => {
      for (let failures = 0; !signal.aborted;) {
        try {
          for await (const head of log.heads(subject, this.#at + 1, signal)) {
            if (signal.aborted) return;
            failures = 0;
            // What was told again is known.
            if (head.seq <= this.#at) continue;
            this.#at = head.seq;
            onHead(head);
          }
        } catch (error) {
          if (!(error instanceof StreamError)) throw error;
          if (limiter.admit(error.code) !== undefined) {
            logger.warn("cannot follow a stream; trying again", { subject, error: error.message });
          }
        }
        await sleep(clock, backoffMs(failures++, RETRY_FIRST_MS, RETRY_MS_MAX), signal);
      }
    }, (error) => logger.error("following a stream failed", { subject, error: messageOf(error) }));
  }

  /** The number of the newest message that was told, or after which it began. */
  get at(): StreamSeq {
    return this.#at;
  }

  start(): void {
    this.#actor.start();
  }

  async stop(): Promise<void> {
    await this.#actor.stop();
  }
}
