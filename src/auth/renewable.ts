import type { Clock, Logger, Random } from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { messageOf } from "../errors.ts";
import { unlessAborted } from "../unless_aborted.ts";

/** What was got from somebody who gives out tokens or keys, and how long it may be used. */
export interface Lease<T> {
  readonly value: T;
  /** From when it was asked for; undefined is without end. */
  readonly lifetimeMs: number | undefined;
  /** It does not end, and may be another one after this time. */
  readonly recheckMs?: number;
}

/** What is in use, and its number. */
export interface Held<T> {
  readonly value: T;
  readonly mark: number;
}

interface Kept<T> extends Held<T> {
  /** All by the monotonic clock. */
  readonly sinceMs: number;
  /** From then on a new one is got, while this one is used. */
  readonly renewMs: number;
  /** From then on it is not used. */
  readonly untilMs: number;
  readonly isRechecked: boolean;
}

/** A new one is got when this share of the time is left, or this much of it. */
const EARLY_SHARE = 0.25;
const EARLY_MS_MAX: number = 5 * 60_000;
/** A request that leaves so long before the end may come after it. */
const LATE_SHARE = 0.1;
const LATE_MS_MAX = 10_000;
/** One that is refused although it is younger than this would not be better if it were new. */
const YOUNG_MS = 10_000;
/** Pauses between attempts to get one. */
const PAUSE_MS_FIRST = 1_000;
const PAUSE_MS_MAX = 30_000;
/** A pause is up to this share shorter, at random. */
const JITTER = 0.3;
/** How many earlier ones are kept secret. */
const PAST_MAX = 4;

/**
 * Something that ends and is got anew before it does: for all shards at once, and one
 * after the other. While it cannot be got, whoever needs it is told why, and whoever
 * gives it out is not asked without pauses.
 */
export class Renewable<T> {
  readonly #obtain: (signal: AbortSignal) => Promise<Lease<T>>;
  readonly #isSame: (a: T, b: T) => boolean;
  readonly #what: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #failuresLog: LogLimiter;
  readonly #stop = new AbortController();
  #kept: Kept<T> | undefined;
  #past: readonly T[] = [];
  #mark = 0;
  #renewing: Promise<void> | undefined;
  #failures = 0;
  /** Why there is no new one, and until when nobody is asked again. */
  #failure: { readonly error: Error; readonly untilMs: number } | undefined;

  /** `what` is what messages call it, such as "a token". `obtain` ends when its signal aborts. */
  constructor(
    source: {
      readonly what: string;
      readonly obtain: (signal: AbortSignal) => Promise<Lease<T>>;
      readonly isSame: (a: T, b: T) => boolean;
    },
    dependencies: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
  ) {
    this.#what = source.what;
    this.#obtain = source.obtain;
    this.#isSame = source.isSame;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#logger = dependencies.logger;
    this.#failuresLog = new LogLimiter(dependencies.clock);
  }

  /** Another number for each value. */
  get mark(): number {
    return this.#mark;
  }

  /** What is in use may be another one at any time, as that in files. */
  get isRechecked(): boolean {
    return this.#kept?.isRechecked === true;
  }

  /** What is and was in use. */
  get all(): readonly T[] {
    return this.#kept === undefined ? this.#past : [this.#kept.value, ...this.#past];
  }

  /**
   * What may be used now; got first, where there is nothing.
   *
   * @throws {Error} when it cannot be got; with the signal's reason when that aborts.
   */
  current(signal: AbortSignal): Held<T> | Promise<Held<T>> {
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#kept;
    if (kept === undefined || nowMs >= kept.untilMs) return this.#wait(signal);
    if (nowMs >= kept.renewMs && !this.#isPausing) void this.renew();
    return kept;
  }

  /** What is in use was refused: a new one is got, unless this is one or none can be had. */
  async refused(): Promise<void> {
    const isYoung = this.#kept !== undefined &&
      this.#clock.monotonicMs() - this.#kept.sinceMs < YOUNG_MS;
    if (!isYoung && !this.#isPausing) await this.renew();
  }

  /** Gets a new one now. Never rejects. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => this.#renewing = undefined);
    return this.#renewing;
  }

  /** Nothing is got any more. */
  stop(): void {
    this.#stop.abort(new Error("the endpoint is stopped"));
  }

  get #isPausing(): boolean {
    return this.#failure !== undefined && this.#clock.monotonicMs() < this.#failure.untilMs;
  }

  async #wait(signal: AbortSignal): Promise<Held<T>> {
    if (!this.#isPausing || this.#renewing !== undefined) await unlessAborted(this.renew(), signal);
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#kept!;
  }

  async #renew(): Promise<void> {
    const sinceMs = this.#clock.monotonicMs();
    try {
      const lease = await this.#obtain(this.#stop.signal);
      this.#failure = undefined;
      this.#failures = 0;
      this.#keep(lease, sinceMs);
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  #keep({ value, lifetimeMs = Infinity, recheckMs }: Lease<T>, sinceMs: number): void {
    const before = this.#kept?.value;
    const isNew = before === undefined || !this.#isSame(before, value);
    if (isNew) this.#mark++;
    if (isNew && before !== undefined) this.#past = [before, ...this.#past].slice(0, PAST_MAX);
    this.#kept = {
      value,
      mark: this.#mark,
      sinceMs,
      renewMs: sinceMs +
        (recheckMs ?? lifetimeMs - Math.min(lifetimeMs * EARLY_SHARE, EARLY_MS_MAX)),
      untilMs: sinceMs + lifetimeMs - Math.min(lifetimeMs * LATE_SHARE, LATE_MS_MAX),
      isRechecked: recheckMs !== undefined,
    };
  }

  #failed(error: Error): void {
    const nowMs = this.#clock.monotonicMs();
    const pauseMs = backoffMs(this.#failures++, PAUSE_MS_FIRST, PAUSE_MS_MAX);
    const untilMs = nowMs + pauseMs * (1 - JITTER * this.#random());
    this.#failure = { error, untilMs };
    // Else each request that needs it says so.
    if (this.#kept === undefined || nowMs >= this.#kept.untilMs || this.#stop.signal.aborted) {
      return;
    }
    const hidden = this.#failuresLog.admit();
    if (hidden === undefined) return;
    this.#logger.warn(`cannot get ${this.#what}; the one of before is used until it ends`, {
      error: error.message,
      more_like_it: hidden || undefined,
    });
  }
}
