import type { ParallelismRules } from "../contracts.ts";
import type { Attempts } from "./attempt_meter.ts";
import { RecentAttempts } from "./recent_attempts.ts";

/** It grows by this share of what there is, and by one at least. */
const GROWTH = 1 / 4;
/** It shrinks at most to this share of what there is. */
const SHRINKAGE = 1 / 2;
/** More shards help where at least this share of those that there are is busy. */
const BUSY_TO_GROW = 0.5;
/** Fewer do where no more than this share of them would be busy. */
const BUSY_TO_SHRINK = 0.6;
/** After a change it takes so many looks to see what has come of it. */
const LOOKS_MIN = 2;
/** What is to be seen of a change of the backlog goes back between so many looks and twice as many. */
const LOOKS_BACK = 6;
/** A backlog may take this share of its age to be worked off, or the look-back if that is longer. */
const CATCH_UP = 1 / 4;

/** What is seen of an endpoint at one look. */
export interface Reading {
  /** By the monotonic clock. */
  readonly nowMs: number;
  readonly shards: number;
  /** How long what is to be sent next has waited; 0 when nothing waits. */
  readonly behindMs: number;
  /** Signals without an outcome. */
  readonly pendingSignals: number;
  /** Since the last look. */
  readonly attempts: Attempts;
  /** The endpoint says "not you" or "not here", and is asked again after a pause. */
  readonly isShut: boolean;
}

/** A look to compare a later one with. */
interface Mark {
  readonly atMs: number;
  readonly looks: number;
  readonly pendingSignals: number;
  /** The sum of the time that shards were busy until then. */
  readonly busyMs: number;
}

/**
 * Says how many shards an endpoint should have. What is sent may be as old as
 * `driftScaleUpMs`; when it is older, there are more shards, but only where they help:
 *
 * - Not while the endpoint fails: then the number stays as it is.
 * - Not while it says "too many requests".
 * - Not while the shards that there are have little to do: something else is slow.
 * - Not while the backlog falls fast enough.
 *
 * There are fewer when nothing was old for the whole look-back, and fewer can bear what
 * there was to do. So a number that was left because it was too small is not tried
 * again before there is less to do.
 */
export class Parallelism {
  #rules: ParallelismRules;
  readonly #recent = new RecentAttempts();
  #looks = 0;
  #lastMs: number | undefined;
  #shards = 0;
  #busyMs = 0;
  #mark: Mark | undefined;
  /** Takes the place of `#mark` later on. */
  #nextMark: Mark | undefined;
  /** Since when it is calm. */
  #calm: Mark | undefined;

  constructor(rules: ParallelismRules) {
    this.#rules = rules;
  }

  /** From the next look on. */
  configure(rules: ParallelismRules): void {
    this.#rules = rules;
  }

  /** How many there should be, which may be more than there may be: bounded by `within`. */
  look(reading: Reading): number {
    const { nowMs, shards, behindMs, attempts, isShut } = reading;
    const { networkFlushIntervalMs, allowedNetworkErrorFraction } = this.#rules;
    this.#looks++;
    this.#busyMs += attempts.busy * (nowMs - (this.#lastMs ?? nowMs));
    this.#lastMs = nowMs;
    this.#recent.add(attempts, nowMs, networkFlushIntervalMs);
    if (isShut || this.#recent.failedFraction > allowedNetworkErrorFraction) {
      this.#forget();
      return shards;
    }
    // What was seen before a change says nothing about what there is now.
    if (shards !== this.#shards) this.#forget();
    this.#shards = shards;
    this.#moveMarks(reading);
    if (behindMs >= this.#rules.driftScaleDownMs) this.#calm = undefined;
    if (behindMs > this.#rules.driftScaleUpMs) return this.#more(reading);
    return behindMs < this.#rules.driftScaleDownMs ? this.#fewer(reading) : shards;
  }

  /** The nearest number that there may be. */
  within(shards: number): number {
    return Math.max(this.#rules.minShards, Math.min(this.#rules.maxShards, shards));
  }

  #more(reading: Reading): number {
    const { shards } = reading;
    const mark = this.#mark!;
    if (this.#looks - mark.looks < LOOKS_MIN || this.#recent.throttled > 0) return shards;
    if (this.#busySince(mark, reading.nowMs) < shards * BUSY_TO_GROW) return shards;
    if (this.#isCatchingUp(mark, reading)) return shards;
    return shards + Math.max(1, Math.floor(shards * GROWTH));
  }

  #isCatchingUp(mark: Mark, { nowMs, behindMs, pendingSignals }: Reading): boolean {
    const fallen = mark.pendingSignals - pendingSignals;
    if (fallen <= 0) return false;
    const leftMs = pendingSignals * (nowMs - mark.atMs) / fallen;
    return leftMs <= Math.max(this.#rules.desiredConnectionsLookbackMs, behindMs * CATCH_UP);
  }

  #fewer(reading: Reading): number {
    const { nowMs, shards } = reading;
    this.#calm ??= this.#markOf(reading);
    if (nowMs - this.#calm.atMs < this.#rules.desiredConnectionsLookbackMs) return shards;
    const needed = Math.ceil(this.#busySince(this.#calm, nowMs) / BUSY_TO_SHRINK);
    this.#calm = this.#markOf(reading);
    return Math.min(shards, Math.max(needed, Math.floor(shards * SHRINKAGE), 1));
  }

  /** How many shards were busy, on average. */
  #busySince(mark: Mark, nowMs: number): number {
    return nowMs > mark.atMs ? (this.#busyMs - mark.busyMs) / (nowMs - mark.atMs) : 0;
  }

  #moveMarks(reading: Reading): void {
    this.#mark ??= this.#markOf(reading);
    this.#nextMark ??= this.#mark;
    if (this.#looks - this.#nextMark.looks < LOOKS_BACK) return;
    this.#mark = this.#nextMark;
    this.#nextMark = this.#markOf(reading);
  }

  #markOf({ nowMs, pendingSignals }: Reading): Mark {
    return { atMs: nowMs, looks: this.#looks, pendingSignals, busyMs: this.#busyMs };
  }

  #forget(): void {
    this.#mark = this.#nextMark = this.#calm = undefined;
  }
}
