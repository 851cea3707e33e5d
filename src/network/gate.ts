import type { Clock, Logger, Random } from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { Sleepers } from "../actor/sleepers.ts";
import type { Credential } from "../auth/credential.ts";
import { FRESH_MS } from "../auth/secret_texts.ts";

/** The first long pause, and the longest. */
const PAUSE_MS_FIRST = 30_000;
const PAUSE_MS_MAX: number = 5 * 60_000;
/** A pause is up to this share shorter, at random: hosts that were refused together do not come back together. */
const JITTER = 0.1;

/** A request is to blame itself once it was refused this often, each time with others taken since. */
export const LONE_REFUSALS_MAX = 4;
/** For this long after one was found to be to blame, others are found without long pauses. */
const BLAME_MS = 60 * 60_000;

/** An answer that says "not you" or "not here". */
export interface Refusal {
  readonly shard: number;
  readonly host: string;
  readonly reason: string;
  /** When the request left, by the monotonic clock. */
  readonly startedMs: number;
  readonly credential: Credential;
  /** The mark of who the request was signed as. */
  readonly used: number | undefined;
  /** How long to wait before the first time that it is asked again. */
  readonly soonMs: number;
  readonly retryAfterMs: number;
  /** Whether its size is what is refused: a lone one is asked about again soon. */
  readonly isTooLarge: boolean;
  /** How this very request was refused before. */
  readonly before: RefusedBefore;
}

/** How one request was refused before. */
export interface RefusedBefore {
  /** How many requests the endpoint had taken then; undefined when it was not refused. */
  taken: number | undefined;
  /** How often with others taken since the time before. */
  alone: number;
}

/**
 * Stands before all shards of an endpoint. While the endpoint refuses who asks, and
 * not what is sent, it is shut, and nothing is given up: one shard at a time asks
 * again, soon at first, then after pauses that grow, and at once when the secret is
 * another one. What it asks with is its next request; any answer to the data opens.
 *
 * A request that is refused again after others were taken is what is refused itself, as
 * by a firewall that dislikes something in it. It does not shut the gate: it is parted,
 * until a piece that cannot be is refused alone {@link LONE_REFUSALS_MAX} times. Where
 * nothing else is taken meanwhile, nobody can show that, and the queue is held.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #limiter: LogLimiter;
  /** When it was shut. */
  #shutMs: number | undefined;
  #openedMs = -Infinity;
  /** Requests that the endpoint has taken. */
  #taken = 0;
  /** The requests that wait alone. */
  readonly #alone: Sleepers;
  #blamedMs = -Infinity;
  /** When a request that had been refused alone was taken. */
  #flappedMs = -Infinity;
  /** Refusals in a row. */
  #refusals = 0;
  /** The last one. */
  #refusal: Refusal | undefined;
  /** The shard that asks. */
  #asker: number | undefined;
  /** It asks in the midst of a pause. */
  #asksEarly = false;
  /** The shards that were refused since it was shut. */
  readonly #refused = new Set<number>();
  /** The next shard that has something to send may ask. */
  #isDue = false;
  /** What wakes each shard that waits. */
  readonly #waiting = new Map<() => void, number>();
  #cancelPause: () => void = () => {};
  #cancelWatch: () => void = () => {};

  constructor(
    dependencies: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
  ) {
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#logger = dependencies.logger;
    this.#limiter = new LogLimiter(dependencies.clock);
    this.#alone = new Sleepers(dependencies.clock);
  }

  /** For how long the endpoint has refused to be asked, or one request alone; 0 while it does not. */
  get shutForMs(): number {
    const sinceMs = Math.min(this.#shutMs ?? Infinity, this.#alone.sinceMs);
    return sinceMs === Infinity ? 0 : this.#clock.monotonicMs() - sinceMs;
  }

  /** Whether the shard may send now; it then tells the answer by `refused`, `heard` or `unanswered`, or leaves. */
  admits(shard: number): boolean {
    if (this.#shutMs === undefined || this.#asker === shard) return true;
    if (this.#asker !== undefined) return false;
    // What has not been asked with yet may show that it was the request, and holds others no longer.
    this.#asksEarly = !this.#isDue && !this.#refused.has(shard);
    if (!this.#isDue && !this.#asksEarly) return false;
    if (!this.#asksEarly) this.#isDue = false;
    this.#asker = shard;
    return true;
  }

  /** Waits until it may be otherwise; false when the signal aborted first. Each time is one to drop what is too old. */
  changed(shard: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener("abort", settle);
        this.#waiting.delete(settle);
        resolve(!signal.aborted);
      };
      signal.addEventListener("abort", settle, { once: true });
      this.#waiting.set(settle, shard);
    });
  }

  /** Whether it is this request that is refused, and not whoever asks: then the gate stays open. */
  refused(refusal: Refusal): boolean {
    const { before } = refusal;
    const isTakenSince = before.taken !== undefined && this.#taken > before.taken;
    before.taken = this.#taken;
    const isOld = this.#isOld(refusal);
    const isAlone = !isOld && this.#shutMs === undefined && isTakenSince;
    if (isAlone) before.alone++;
    if (!isOld && !isAlone) this.#shut(refusal);
    if (this.#shutMs !== undefined) this.#refused.add(refusal.shard);
    return isAlone;
  }

  /** A request that was refused alone waits; false when the signal aborted first. */
  waitAlone(refusal: Refusal, signal: AbortSignal): Promise<boolean> {
    const { before, host, reason, soonMs, retryAfterMs, isTooLarge } = refusal;
    const isSoon = isTooLarge || this.#clock.monotonicMs() - this.#blamedMs < BLAME_MS;
    const doublings = before.alone - 1;
    const pauseMs = isSoon
      ? this.#jittered(backoffMs(doublings, soonMs, PAUSE_MS_FIRST), retryAfterMs)
      : this.#longPauseMs(doublings, retryAfterMs);
    const hidden = this.#limiter.admit("again");
    if (hidden !== undefined) {
      this.#logger.error("the endpoint refuses one request and takes others: its shard waits", {
        host,
        error: reason,
        asked_again_in_ms: Math.round(pauseMs),
        more_like_it: hidden || undefined,
      });
    }
    // Until then, or until something may have been mended.
    return this.#alone.sleep(pauseMs, signal);
  }

  /**
   * Whether one that is refused alone again and again is to blame. It is not where others
   * that were refused so have been taken since: then the endpoint does not know its own
   * mind, as when one of several behind a load balancer has the wrong secret.
   */
  get mayBlame(): boolean {
    return this.#clock.monotonicMs() - this.#flappedMs >= BLAME_MS;
  }

  /** One that had been refused alone was taken. */
  flapped(): void {
    this.#flappedMs = this.#clock.monotonicMs();
  }

  /** A request was refused alone {@link LONE_REFUSALS_MAX} times. */
  blamed(): void {
    this.#blamedMs = this.#clock.monotonicMs();
  }

  #shut(refusal: Refusal): void {
    this.#asker = undefined;
    if (this.#asksEarly) {
      this.#asksEarly = false;
      // The pause goes on, for all but those that were not refused yet.
      return this.#wake();
    }
    this.#isDue = false;
    this.#shutMs ??= this.#clock.monotonicMs();
    this.#refusals++;
    this.#refusal = refusal;
    const pauseMs = this.#pauseMs(refusal);
    this.#cancelTimers();
    this.#cancelPause = this.#clock.after(pauseMs, () => this.#ask());
    void this.#readAgain(refusal, pauseMs);
  }

  /** The endpoint has said something about the data; `isTaken` says whether it has taken it. */
  heard(shard: number, isTaken: boolean = false): void {
    if (isTaken) this.#taken++;
    if (this.#asker !== shard) return;
    this.#openedMs = this.#clock.monotonicMs();
    this.#shutMs = undefined;
    this.#refusals = 0;
    this.#refusal = undefined;
    this.#asker = undefined;
    this.#asksEarly = false;
    this.#refused.clear();
    this.#cancelTimers();
    this.#wake();
  }

  /** There was no answer, or a "not now": the shard asks once more, and for the others time has passed. */
  unanswered(shard: number): void {
    if (this.#asker === shard) this.#wake();
  }

  /** The shard asks no more: another one may. */
  leave(shard: number): void {
    if (this.#asker !== shard) return;
    this.#asker = undefined;
    if (!this.#asksEarly) return this.#ask();
    this.#asksEarly = false;
    this.#wake();
  }

  /** Something may have been mended. */
  askNow(): void {
    this.#blamedMs = -Infinity;
    this.#alone.wakeAll();
    if (this.#shutMs === undefined) return;
    this.#refusals = 0;
    if (this.#asker === undefined) this.#ask();
  }

  stop(): void {
    this.#refusal = undefined;
    this.#cancelTimers();
  }

  /** True for an answer to an older request: what the gate learned since then counts. */
  #isOld({ shard, startedMs, used, credential }: Refusal): boolean {
    if (this.#shutMs !== undefined) return this.#asker !== shard;
    return startedMs < this.#openedMs && used !== credential.mark;
  }

  #pauseMs({ soonMs, retryAfterMs }: Refusal): number {
    if (this.#refusals > 1) return this.#longPauseMs(this.#refusals - 2, retryAfterMs);
    return this.#jittered(Math.min(soonMs, PAUSE_MS_FIRST), retryAfterMs);
  }

  #longPauseMs(doublings: number, retryAfterMs: number): number {
    return this.#jittered(backoffMs(doublings, PAUSE_MS_FIRST, PAUSE_MS_MAX), retryAfterMs);
  }

  #jittered(fullMs: number, retryAfterMs: number): number {
    return Math.max(fullMs * (1 - JITTER * this.#random()), retryAfterMs);
  }

  /** A secret that was rotated is no reason to complain: the endpoint is asked with the new one. */
  async #readAgain(refusal: Refusal, pauseMs: number): Promise<void> {
    const { credential, used, host, reason } = refusal;
    await credential.refused();
    if (this.#refusal !== refusal || this.#asker !== undefined) return;
    if (credential.mark !== used) return this.#ask();
    this.#watch(refusal);
    // An endpoint that refuses one of many requests is shut and opened again many times.
    const hidden = this.#limiter.admit(this.#refusals === 1 ? "once" : "again");
    if (hidden === undefined) return;
    this.#logger.error("the endpoint refuses walq: nothing is dropped, what is pending waits", {
      host,
      error: reason,
      asked_again_in_ms: Math.round(pauseMs),
      more_like_it: hidden || undefined,
    });
  }

  #watch(refusal: Refusal): void {
    const { credential, used } = refusal;
    if (!credential.canChange) return;
    this.#cancelWatch = this.#clock.after(FRESH_MS, () => {
      void credential.look().then(() => {
        if (this.#refusal !== refusal || this.#asker !== undefined) return;
        if (credential.mark === used) this.#watch(refusal);
        else this.#ask();
      });
    });
  }

  #ask(): void {
    this.#cancelTimers();
    this.#isDue = true;
    this.#wake();
  }

  /** Who was refused last comes last: if it is its request that is refused, another one shows that. */
  #wake(): void {
    const last = this.#refusal?.shard;
    const all = [...this.#waiting];
    for (const [wake, shard] of all) if (shard !== last) wake();
    for (const [wake, shard] of all) if (shard === last) wake();
  }

  #cancelTimers(): void {
    this.#cancelPause();
    this.#cancelWatch();
  }
}
