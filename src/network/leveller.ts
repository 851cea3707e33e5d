import type { BatchId, CancelTimer, Clock, Logger, ParallelismRules } from "../contracts.ts";
import { AttemptMeter } from "./attempt_meter.ts";
import { BacklogAge, type TakenIn } from "./backlog_age.ts";
import { Parallelism } from "./parallelism.ts";

/** What is levelled: an endpoint. */
export interface Levelled {
  readonly shards: number;
  /** The batch whose signals are being dealt to the shards; undefined while there is none to be had. */
  readonly atHand: BatchId | undefined;
  readonly pendingSignals: number;
  /** Asks for another number of shards; asked again at the next look, where nothing came of it. */
  reshard(shards: number): void;
}

/** What a {@link Leveller} looks at. */
interface LevellerDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The endpoint may be replaced by another one. */
  readonly endpoint: () => Levelled;
  readonly takenIn: () => TakenIn;
  readonly isShut: () => boolean;
}

/** Looks at an endpoint again and again, and sees to it that it has as many shards as it needs. */
export class Leveller {
  readonly meter: AttemptMeter;
  readonly #of: LevellerDependencies;
  readonly #parallelism: Parallelism;
  readonly #age: BacklogAge;
  #rules: ParallelismRules;
  #desired: number;
  #shards: number;
  #behindMs = 0;
  #cancel: CancelTimer | undefined;

  constructor(rules: ParallelismRules, dependencies: LevellerDependencies) {
    const { clock } = dependencies;
    this.#of = dependencies;
    this.#rules = rules;
    this.#desired = this.#shards = rules.minShards;
    this.#parallelism = new Parallelism(rules);
    this.#age = new BacklogAge(clock.monotonicMs());
    this.meter = new AttemptMeter(clock);
  }

  /** How many there should be, whether there may be so many or not. */
  get desired(): number {
    return this.#desired;
  }

  /** How many an endpoint is to have that takes the place of one with so many. */
  within(shards: number): number {
    return this.#parallelism.within(shards);
  }

  start(): void {
    this.#arm();
  }

  /** By other rules from now on. */
  configure(rules: ParallelismRules): void {
    const isRunning = this.#cancel !== undefined;
    this.stop();
    this.#rules = rules;
    this.#parallelism.configure(rules);
    this.#desired = this.within(this.#desired);
    if (isRunning) this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    const { minShards, maxShards, desiredCheckIntervalMs } = this.#rules;
    // Nobody looks where there is nothing to decide.
    this.#cancel = minShards === maxShards
      ? () => {}
      : this.#of.clock.after(desiredCheckIntervalMs, () => {
        this.#look();
        this.#arm();
      });
  }

  #look(): void {
    const { clock, endpoint, takenIn, isShut } = this.#of;
    const { shards, atHand, pendingSignals } = endpoint();
    const nowMs = clock.monotonicMs();
    this.#tell(shards);
    const taken = takenIn();
    this.#behindMs = atHand === undefined ? 0 : this.#age.ageMs(atHand, nowMs, taken);
    this.#age.look(nowMs, taken);
    this.#desired = this.#parallelism.look({
      nowMs,
      shards,
      behindMs: this.#behindMs,
      pendingSignals,
      attempts: this.meter.take(),
      isShut: isShut(),
    });
    const next = this.#parallelism.within(this.#desired);
    if (next !== shards) endpoint().reshard(next);
  }

  /** One line for each change. */
  #tell(shards: number): void {
    const before = this.#shards;
    this.#shards = shards;
    if (shards === before) return;
    this.#of.logger.info("the number of shards has changed", {
      from: before,
      to: shards,
      behind_ms: Math.round(this.#behindMs),
    });
  }
}
