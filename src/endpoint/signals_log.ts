import type { Clock, Logger, MergedSets } from "../contracts.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import type { DropReason } from "../types.ts";

const LABELS_SHOWN_MAX = 300;

/** Tells the log what became of signals on their way to one endpoint, once in a while. */
export class SignalsLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #drops = new Map<DropReason, LogLimiter>();
  readonly #merges: LogLimiter;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#merges = new LogLimiter(clock);
  }

  /** Each reason has its own limit: one that is frequent hides no other. */
  dropped(reason: DropReason, signals: number): void {
    const limiter = this.#drops.get(reason) ?? new LogLimiter(this.#clock);
    this.#drops.set(reason, limiter);
    const hidden = limiter.admit();
    if (hidden === undefined) return;
    this.#logger.warn("signals dropped", {
      reason,
      signals,
      drops_not_logged: hidden || undefined,
    });
  }

  merged({ sets, first }: MergedSets): void {
    const hidden = this.#merges.admit();
    if (hidden === undefined) return;
    this.#logger.warn("rules made label sets one with others; the samples of all are sent", {
      sets,
      first: formatLabels(first),
      merges_not_logged: hidden || undefined,
    });
  }
}

/** As Prometheus writes them, cut off where they are long. */
function formatLabels(labels: MergedSets["first"]): string {
  const text = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");
  return text.length > LABELS_SHOWN_MAX ? `{${text.slice(0, LABELS_SHOWN_MAX)}...}` : `{${text}}`;
}
