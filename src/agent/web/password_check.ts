import type { Clock } from "../../contracts.ts";

/** Whether the password is the one that the hash was made of. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

/** How many wait for their turn; a wrong password costs as much as a right one, and anybody can send it. */
const WAITING_MAX = 16;
/** For each millisecond that a comparison takes, so many are left to all else. */
const REST_FACTOR = 3;
/** One that was slow for another reason, such as a host that slept, does not hold the next for long. */
const REST_MS_MAX = 5_000;

/**
 * Compares passwords with hashes, one after the other and with rests in between: what
 * bcrypt makes slow on purpose has at most a quarter of the time, however many ask.
 */
export class PasswordCheck {
  readonly #clock: Clock;
  readonly #compare: Compare;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(of: { clock: Clock; compare: Compare }) {
    this.#clock = of.clock;
    this.#compare = of.compare;
  }

  /** Undefined when too many wait. */
  async isRight(password: string, hash: string): Promise<boolean | undefined> {
    if (this.#waiting >= WAITING_MAX) return undefined;
    this.#waiting++;
    const { promise, rested } = this.#next(password, hash);
    this.#last = rested;
    return await promise;
  }

  #next(
    password: string,
    hash: string,
  ): { promise: Promise<boolean>; rested: Promise<unknown> } {
    let tookMs = 0;
    const promise = this.#last.then(async () => {
      this.#waiting--;
      const beganMs = this.#clock.monotonicMs();
      try {
        return await this.#compare(password, hash);
      } finally {
        tookMs = this.#clock.monotonicMs() - beganMs;
      }
    });
    const rested = promise.catch(() => false).then(() => this.#rest(tookMs));
    return { promise, rested };
  }

  #rest(tookMs: number): Promise<void> {
    const restMs = Math.min(Math.ceil(tookMs * REST_FACTOR), REST_MS_MAX);
    if (restMs === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#clock.after(restMs, resolve));
  }
}
