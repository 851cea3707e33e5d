import type { Attempts } from "./attempt_meter.ts";

/** What is remembered is in at most so many parts, however often it is looked at. */
const PARTS_MAX = 60;

interface Part {
  readonly fromMs: number;
  untilMs: number;
  answered: number;
  failed: number;
  throttled: number;
}

/** What came of the attempts of the last while. */
export class RecentAttempts {
  #parts: Part[] = [];

  /** Adds what there was up to now, and forgets what ended before `forgetMs` ago. */
  add({ answered, failed, throttled }: Attempts, nowMs: number, forgetMs: number): void {
    this.#parts = this.#parts.filter(({ untilMs }) => nowMs - untilMs < forgetMs);
    let last = this.#parts.at(-1);
    if (last === undefined || nowMs - last.fromMs > forgetMs / PARTS_MAX) {
      last = { fromMs: nowMs, untilMs: nowMs, answered: 0, failed: 0, throttled: 0 };
      this.#parts.push(last);
    }
    last.untilMs = nowMs;
    last.answered += answered;
    last.failed += failed;
    last.throttled += throttled;
  }

  /** How many of all failed, from 0 to 1; 0 when there were none. */
  get failedFraction(): number {
    const failed = this.#sum("failed");
    return failed === 0 ? 0 : failed / (failed + this.#sum("answered"));
  }

  get throttled(): number {
    return this.#sum("throttled");
  }

  #sum(of: "answered" | "failed" | "throttled"): number {
    return this.#parts.reduce((sum, part) => sum + part[of], 0);
  }
}
