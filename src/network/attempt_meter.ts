import type { Clock } from "../contracts.ts";
import type { AttemptResult } from "./attempt.ts";

/** What came of the attempts of all shards of an endpoint in a while. */
export interface Attempts {
  /** How many were under way, on average. */
  readonly busy: number;
  /** The endpoint has said something about the data. */
  readonly answered: number;
  /** It has not, whatever the reason; those that are `throttled` among them. */
  readonly failed: number;
  /** Answered with 429. */
  readonly throttled: number;
}

/** Sees the attempts of all shards of an endpoint begin and end. */
export class AttemptMeter {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #underWay = 0;
  /** The sum, over all attempts, of how long each was under way. */
  #busyMs = 0;
  /** Until when that is summed up. */
  #untilMs: number;
  #takenMs: number;
  #answered = 0;
  #failed = 0;
  #throttled = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#untilMs = this.#takenMs = clock.monotonicMs();
  }

  begins(): void {
    this.#sum();
    this.#underWay++;
  }

  /** `result` is undefined for one that was interrupted. */
  ends(result: AttemptResult | undefined): void {
    this.#sum();
    this.#underWay--;
    if (result === undefined) return;
    const { verdict: { kind }, status } = result;
    if (kind !== "retry" && kind !== "refused") {
      this.#answered++;
      return;
    }
    this.#failed++;
    if (status === 429) this.#throttled++;
  }

  /** What there was since the last call. */
  take(): Attempts {
    this.#sum();
    const passedMs = this.#untilMs - this.#takenMs;
    const attempts = {
      busy: passedMs > 0 ? this.#busyMs / passedMs : this.#underWay,
      answered: this.#answered,
      failed: this.#failed,
      throttled: this.#throttled,
    };
    this.#takenMs = this.#untilMs;
    this.#busyMs =
      this.#answered =
      this.#failed =
      this.#throttled =
        0;
    return attempts;
  }

  #sum(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#busyMs += this.#underWay * (nowMs - this.#untilMs);
    this.#untilMs = nowMs;
  }
}
