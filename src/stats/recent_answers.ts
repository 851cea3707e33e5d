import type { AttemptEvent } from "../contracts.ts";

/** Answers that are remembered: the same ones in a row are one of them. */
export const RECENT_ANSWERS_MAX = 20;
/** Characters of an answer's words. */
const WORDS_LENGTH_MAX = 256;

/** The same answer of an endpoint, as often as it came in a row. */
export interface RecentAnswer {
  /** When the first of them came, in milliseconds since the epoch. */
  readonly firstMs: number;
  /** When the latest of them came, in milliseconds since the epoch. */
  readonly lastMs: number;
  /** How many there were. */
  readonly count: number;
  /** The status; undefined where there was no answer (network error, timeout). */
  readonly status: number | undefined;
  /** What became of the request: `gave_up` is after too many attempts, `rejected` for good. */
  readonly outcome: "delivered" | "rejected" | "retried" | "gave_up";
  /**
   * Why it failed, at most 256 characters, without secrets; undefined where it did not, but for
   * what a stream has to say of what it took.
   */
  readonly words: string | undefined;
  /** Signals in all of these requests. */
  readonly signals: number;
  /** How long the latest of them took, in milliseconds. */
  readonly durationMs: number;
}

type Mutable = { -readonly [key in keyof RecentAnswer]: RecentAnswer[key] };

/** The last answers of an endpoint, in bounded memory: what it says a thousand times in a row is one entry. */
export class RecentAnswers {
  readonly #answers: Mutable[] = [];

  add({ status, outcome, error, note, ...of }: AttemptEvent, nowMs: number): void {
    const { signals, durationMs } = of;
    const words = (error ?? note)?.slice(0, WORDS_LENGTH_MAX);
    const last = this.#answers.at(-1);
    if (last?.status === status && last?.outcome === outcome && last.words === words) {
      last.lastMs = nowMs;
      last.count++;
      last.signals += signals;
      last.durationMs = durationMs;
      return;
    }
    const times = { firstMs: nowMs, lastMs: nowMs, count: 1 };
    this.#answers.push({ ...times, status, outcome, words, signals, durationMs });
    if (this.#answers.length > RECENT_ANSWERS_MAX) this.#answers.shift();
  }

  /** The oldest first. */
  list(): RecentAnswer[] {
    return this.#answers.map((answer) => ({ ...answer }));
  }
}
