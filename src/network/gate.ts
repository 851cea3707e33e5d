import type { Clock, Logger, Random } from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { type Authorization, FRESH_MS } from "./authorization.ts";

/** The first long pause, and the longest. */
export const PAUSE_MS_FIRST = 30_000;
export const PAUSE_MS_MAX: number = 5 * 60_000;
/** So much less a pause can be, by lot: hosts that were refused together do not come back together. */
const JITTER = 0.1;

/** An answer that says "not you" or "not here". */
export interface Refusal {
  readonly shard: number;
  readonly host: string;
  readonly reason: string;
  /** When the request left, by the monotonic clock. */
  readonly startedMs: number;
  readonly authorization: Authorization;
  /** What the request had of it. */
  readonly used: string | undefined;
  /** How long to wait before the first time that it is asked again. */
  readonly soonMs: number;
  readonly retryAfterMs: number;
  /** How this very request was refused before. */
  readonly before: RefusedBefore;
}

/** Of one request. */
export interface RefusedBefore {
  /** Since when; undefined when it was not. */
  sinceMs: number | undefined;
  /** How often in a row while others were taken. */
  alone: number;
}

/**
 * Stands before all shards of an endpoint. While the endpoint refuses who asks, and
 * not what is sent, it is shut, and nothing is given up: one shard at a time asks
 * again, soon at first, then after pauses that grow, and at once when the secret is
 * another one. What it asks with is its next request; any answer to the data opens.
 *
 * A request that is refused again after others have opened the gate is what is refused
 * itself, as by a firewall that dislikes something in it. It waits alone: the others
 * are not held for it.
 */
export class Gate {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #limiter: LogLimiter;
  /** Since when it is shut. */
  #shutMs: number | undefined;
  #openedMs = -Infinity;
  /** In a row. */
  #refusals = 0;
  /** The last one. */
  #refusal: Refusal | undefined;
  /** The shard that asks. */
  #asker: number | undefined;
  /** The next shard that has something to send may ask. */
  #isDue = false;
  /** What wakes each shard that waits. */
  readonly #waiting = new Map<() => void, number>();
  #cancelPause: () => void = () => {};
  #cancelWatch: () => void = () => {};

  constructor(tools: { readonly clock: Clock; readonly random: Random; readonly logger: Logger }) {
    this.#clock = tools.clock;
    this.#random = tools.random;
    this.#logger = tools.logger;
    this.#limiter = new LogLimiter(tools.clock);
  }

  /** For how long the endpoint has refused to be asked; 0 while it does not. */
  get shutForMs(): number {
    return this.#shutMs === undefined ? 0 : this.#clock.monotonicMs() - this.#shutMs;
  }

  /** Whether the shard may send now; it then tells the answer by `refused`, `heard` or `unanswered`, or leaves. */
  admits(shard: number): boolean {
    if (this.#shutMs === undefined || this.#asker === shard) return true;
    if (!this.#isDue || this.#asker !== undefined) return false;
    this.#isDue = false;
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

  /** Returns how long the request has to wait by itself: 0 where it waits with all others. */
  refused(refusal: Refusal): number {
    const { before } = refusal;
    const sinceMs = before.sinceMs ??= this.#clock.monotonicMs();
    if (this.#isOld(refusal)) return 0;
    if (this.#shutMs === undefined && this.#openedMs > sinceMs) return this.#alone(refusal);
    before.alone = 0;
    this.#shut(refusal);
    return 0;
  }

  #alone({ before, host, reason, retryAfterMs }: Refusal): number {
    const pauseMs = this.#longPauseMs(before.alone++, retryAfterMs);
    const hidden = this.#limiter.admit("again");
    if (hidden !== undefined) {
      this.#logger.error("the endpoint refuses one request and takes others: its shard waits", {
        host,
        error: reason,
        asked_again_in_ms: Math.round(pauseMs),
        more_like_it: hidden || undefined,
      });
    }
    return pauseMs;
  }

  #shut(refusal: Refusal): void {
    this.#asker = undefined;
    this.#isDue = false;
    this.#shutMs ??= this.#clock.monotonicMs();
    this.#refusals++;
    this.#refusal = refusal;
    const pauseMs = this.#pauseMs(refusal);
    this.#cancelTimers();
    this.#cancelPause = this.#clock.after(pauseMs, () => this.#ask());
    void this.#readAgain(refusal, pauseMs);
  }

  /** The endpoint has said something about the data. */
  heard(shard: number): void {
    if (this.#asker !== shard) return;
    this.#openedMs = this.#clock.monotonicMs();
    this.#shutMs = undefined;
    this.#refusals = 0;
    this.#refusal = undefined;
    this.#asker = undefined;
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
    this.#ask();
  }

  /** Something may have been mended. */
  askNow(): void {
    if (this.#shutMs === undefined) return;
    this.#refusals = 0;
    if (this.#asker === undefined) this.#ask();
  }

  stop(): void {
    this.#refusal = undefined;
    this.#cancelTimers();
  }

  /** True of an answer to a request of before: what the gate did since then knows better. */
  #isOld({ shard, startedMs, used, authorization }: Refusal): boolean {
    if (this.#shutMs !== undefined) return this.#asker !== shard;
    return startedMs < this.#openedMs && used !== authorization.last;
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
    const { authorization, used, host, reason } = refusal;
    await authorization.readAgain();
    if (this.#refusal !== refusal || this.#asker !== undefined) return;
    if (authorization.last !== used) return this.#ask();
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
    const { authorization, used } = refusal;
    if (!authorization.canChange) return;
    this.#cancelWatch = this.#clock.after(FRESH_MS, () => {
      void authorization.readAgain().then(() => {
        if (this.#refusal !== refusal || this.#asker !== undefined) return;
        if (authorization.last === used) this.#watch(refusal);
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
