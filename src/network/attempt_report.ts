import type { AttemptEvent, SealedRequest } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import type { AttemptResult } from "./attempt.ts";
import type { CodedBody } from "./coding.ts";
import { hostOf } from "../shown_url.ts";
import type { Verdict } from "./retry.ts";
import type { ShardContext } from "./shard_context.ts";
import { NOTHING_WRITTEN } from "./written.ts";

/** What comes after an attempt. */
export type Next =
  | Exclude<Verdict["kind"], "too_large">
  | "give_up"
  | "split"
  | "halve"
  | "aside"
  | "alone"
  | "recode";

/** What the pipeline or the gate logs, once for all shards. */
type Told = "fall_back" | "refused" | "alone";

const OUTCOMES: Readonly<Record<Next, AttemptEvent["outcome"]>> = {
  delivered: "delivered",
  rejected: "rejected",
  refused: "retried",
  alone: "retried",
  fall_back: "retried",
  retry: "retried",
  give_up: "gave_up",
  split: "retried",
  halve: "retried",
  aside: "retried",
  recode: "retried",
};

const UNREADABLE =
  "the endpoint answers in no form of HTTP and may have taken the request; sending it again";
const REFUSED = "the endpoint refuses a request";
const MESSAGES: Readonly<Record<Exclude<Next, Told>, string>> = {
  // A part of it was refused: else there is no reason to log.
  delivered: REFUSED,
  rejected: REFUSED,
  give_up: REFUSED,
  retry: "cannot send; trying again",
  split: "the endpoint refuses a request; it is split in halves",
  halve: "a request is too large for the endpoint; it is split in halves",
  aside: "a single signal is too large for the endpoint",
  recode: "the endpoint refuses a request under zstd; it is sent again under snappy",
};

/** Tells the counters and the log what came of the attempts of one shard. */
export class AttemptReport {
  readonly #context: ShardContext;
  readonly #usedUpLog: LogLimiter;

  constructor(context: ShardContext) {
    this.#context = context;
    this.#usedUpLog = new LogLimiter(context.clock);
  }

  tell(request: SealedRequest, coded: CodedBody, result: AttemptResult, next: Next): void {
    const { events, logger, refusals, unreadable, send } = this.#context;
    const { verdict, status, durationMs, reason, isUnreadable, note } = result;
    const { signals } = request.body;
    events.attempted({
      durationMs,
      bytes: coded.bytes.length,
      signals,
      kinds: request.body.kinds,
      written: "written" in verdict ? verdict.written : NOTHING_WRITTEN,
      status,
      outcome: OUTCOMES[next],
      oldestMs: request.body.oldestMs,
      newestMs: request.body.newestMs,
      ...(reason === undefined ? {} : { error: reason }),
      ...(note === undefined ? {} : { note }),
    });
    if (reason === undefined || next === "fall_back" || next === "refused" || next === "alone") {
      return;
    }
    const hidden = isUnreadable ? unreadable.admit() : refusals.admit();
    if (hidden === undefined) return;
    const fields = {
      host: hostOf(send.url),
      signals,
      error: reason,
      more_like_it: hidden || undefined,
    };
    if (isUnreadable && next === "retry") logger.error(UNREADABLE, fields);
    else logger.warn(MESSAGES[next], fields);
  }

  /** What is dropped now may be more than is to blame. */
  usedUp({ body: { signals } }: SealedRequest): void {
    if (signals === 1) return;
    const hidden = this.#usedUpLog.admit();
    if (hidden === undefined) return;
    const message = "a refused request was split as often as one may be: the rest of it is dropped";
    this.#context.logger.warn(message, { signals, more_like_it: hidden || undefined });
  }
}
