import type { AddResult, Clock, Logger } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { ClockWatch } from "../clock/clock_watch.ts";
import { SenderTimes } from "../clock/sender_times.ts";
import type { WriteResult } from "../types.ts";

/** Why signals are refused at intake, and what the log says of it. */
const REFUSALS = {
  ttl: "signals refused: older than the ttl",
  invalid: "signals refused: they break a rule",
  unsupported: "signals refused: the file format cannot carry them",
} as const;

const WATCH_INTERVAL_MS = 10_000;
/** Said of a clock that is far from what comes in. */
const SENDER_WORDS = {
  other: "the senders' timestamps",
  consequence: "this clock or theirs is wrong, or they send what is old",
};

/** What came of the requests that came in: signals that were refused, and the senders' time. */
export class IntakeAccounts {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #senders: SenderTimes;
  readonly #senderWatch: ClockWatch;
  readonly #refused = { ttl: 0, invalid: 0, unsupported: 0 };
  readonly #logs: Readonly<Record<keyof typeof REFUSALS, LogLimiter>>;
  #watchAtMs = -Infinity;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#senders = new SenderTimes(clock);
    this.#senderWatch = new ClockWatch(clock, logger);
    this.#logs = {
      ttl: new LogLimiter(clock),
      invalid: new LogLimiter(clock),
      unsupported: new LogLimiter(clock),
    };
  }

  /** Signals that were refused, by reason. */
  get refused(): Readonly<Record<keyof typeof REFUSALS, number>> {
    return { ...this.#refused };
  }

  /** See `ClockSnapshot.aheadOfSendersMs`. */
  get aheadOfSendersMs(): number | undefined {
    return this.#senders.aheadMs;
  }

  /** Counts what came of a request. */
  add({ newestMs, ...result }: AddResult): WriteResult {
    this.#senders.came(newestMs);
    this.#watchSenders();
    this.#refuse("ttl", result.expired, result.firstExpired);
    this.#refuse("invalid", result.invalid, result.firstInvalid);
    this.#refuse("unsupported", result.unsupported, result.firstUnsupported);
    return result;
  }

  /** Now and then: it looks at many requests. */
  #watchSenders(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#watchAtMs) return;
    this.#watchAtMs = nowMs + WATCH_INTERVAL_MS;
    this.#senderWatch.look(this.#senders.aheadMs, SENDER_WORDS);
  }

  /** The sender is told too, and drops it: the log is where somebody looks. */
  #refuse(reason: keyof typeof REFUSALS, signals: number, first?: string): void {
    if (signals === 0) return;
    this.#refused[reason] += signals;
    const hidden = this.#logs[reason].admit();
    if (hidden === undefined) return;
    const fields = { reason, signals, first, more_like_it: hidden || undefined };
    this.#logger.warn(REFUSALS[reason], fields);
  }
}
