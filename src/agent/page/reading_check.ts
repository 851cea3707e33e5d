import type { Clock } from "../../contracts.ts";

/** How long behind an answer the next question is asked. */
export const ASK_MS = 8_000;
/** How long a client may take for its answer; it is looked at every few seconds whether it has. */
export const ANSWER_MS_MAX = 18_000;

/**
 * Whether a client reads what it is sent. Nothing below says so: what it does not read lies in
 * buffers of the system, and in those of proxies, for hours if there is little of it. So it is
 * asked on its stream, and answers by a request of its own.
 */
export class ReadingCheck {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** The question that has no answer yet. */
  #open: string | undefined;
  /** Since when it is open; without one, when the last one was answered. */
  #sinceMs = -Infinity;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** What is to be asked now; undefined while there is nothing to ask. */
  question(): string | undefined {
    if (this.#open !== undefined || this.#passedMs < ASK_MS) return undefined;
    this.#sinceMs = this.#clock.monotonicMs();
    return this.#open = crypto.randomUUID();
  }

  /** Somebody has answered; nothing happens where it was another question. */
  answer(question: string): void {
    if (question !== this.#open) return;
    this.#open = undefined;
    this.#sinceMs = this.#clock.monotonicMs();
  }

  /** There was time enough for an answer. */
  get isOverdue(): boolean {
    return this.#open !== undefined && this.#passedMs >= ANSWER_MS_MAX;
  }

  get #passedMs(): number {
    return this.#clock.monotonicMs() - this.#sinceMs;
  }
}
