import type { Clock, Logger, RejectedLoss, RejectedTotals } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";

const LOSSES: Readonly<Record<Exclude<RejectedLoss, "off">, string>> = {
  storage: "a refused request cannot be written to rejected/: it is lost",
  storm: "more is refused than rejected/ is written with: a refused request is lost",
  bytes: "the oldest refused requests are removed: rejected/ has its bytes",
  files: "the oldest refused requests are removed: rejected/ has its files",
  age: "refused requests are removed: they are older than is kept",
  corrupt: "a refused request is damaged: it is set aside in quarantine",
};

/** Signals of refused requests that are not kept, or not any more: counted, and logged now and then. */
export class RejectedLosses {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #logs = new Map<RejectedLoss, LogLimiter>();
  readonly #lost = { off: 0, storage: 0, storm: 0, bytes: 0, files: 0, age: 0, corrupt: 0 };

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get totals(): RejectedTotals["lost"] {
    return { ...this.#lost };
  }

  count(loss: RejectedLoss, signals: number, fields: Record<string, unknown> = {}): void {
    this.#lost[loss] += signals;
    if (loss === "off") return;
    const log = this.#logs.get(loss) ?? new LogLimiter(this.#clock);
    this.#logs.set(loss, log);
    const hidden = log.admit();
    if (hidden === undefined) return;
    const all = { reason: loss, signals, ...fields, more_like_it: hidden || undefined };
    this.#logger.warn(LOSSES[loss], all);
  }
}
