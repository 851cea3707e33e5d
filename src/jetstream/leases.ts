import type { Clock, Logger, StreamLog } from "../contracts.ts";
import { Actor } from "../actor/actor.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { sleep } from "../actor/sleep.ts";
import { messageOf, StreamError } from "../errors.ts";
import type { HeldPartition } from "./held_partition.ts";
import { Ownership, RENEW_MS } from "./ownership.ts";
import { Senders } from "./senders.ts";
import { recordNameOf } from "./subjects.ts";

/** What {@link Leases} work with. */
export interface LeasesDependencies {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who this is: no two processes may have the same. */
  readonly owner: string;
  readonly partitions: number;
  /** There are others than before that are held, or that are to be given up. */
  readonly onChange: () => void;
}

/**
 * Which partitions this process sends: as many as it may have beside the others that send,
 * each by a lease of its own. One that comes late gets its share, as the others give up what
 * they have above theirs.
 */
export class Leases {
  readonly #of: LeasesDependencies;
  readonly #all: readonly HeldPartition[];
  readonly #senders: Senders;
  readonly #actor: Actor;
  /** Partitions that are being taken, as nobody has them. */
  readonly #taking = new Set<number>();

  constructor(dependencies: LeasesDependencies) {
    const { log, clock, logger, owner, partitions, onChange } = dependencies;
    this.#of = dependencies;
    this.#senders = new Senders({ log, clock, owner });
    this.#all = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      ownership: new Ownership({
        log,
        clock,
        logger,
        record: recordNameOf(partition),
        owner,
        mayTake: () => this.#mayTake(partition),
        onChange: () => {
          this.#taking.delete(partition);
          onChange();
        },
      }),
    }));
    this.#actor = new Actor((signal) => this.#run(signal), (error) => {
      logger.error("sharing partitions out failed", { error: messageOf(error) });
    });
  }

  start(): void {
    this.#actor.start();
  }

  /** Those that are this process's at this moment. */
  get held(): readonly HeldPartition[] {
    return this.#all.filter(({ ownership }) => ownership.isHeld);
  }

  /** Those of them that are to stay so: the others are to be given up by {@link Leases.release}. */
  get wanted(): readonly HeldPartition[] {
    return this.held.slice(0, this.#share);
  }

  /** Who sends, as far as is known at this moment: names of processes. */
  get senders(): readonly string[] {
    return this.#senders.present;
  }

  /** How many partitions nobody has, as far as is known. */
  get unowned(): number {
    return this.#all.filter(({ ownership }) => !ownership.isOwned).length;
  }

  /** Gives up what is over. Nothing of it may be under way any more. */
  async release(partitions: readonly HeldPartition[]): Promise<void> {
    await Promise.all(partitions.map(({ ownership }) => ownership.release()));
  }

  /** Gives all up, if it can, so that nobody has to wait for the end of a term. */
  async stop(): Promise<void> {
    await this.#actor.stop();
    await Promise.all(this.#all.map(({ ownership }) => ownership.stop()));
    await this.#senders.leave().catch(() => {});
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, onChange } = this.#of;
    const limiter = new LogLimiter(clock);
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const before = this.#share;
      try {
        await this.#senders.beat();
      } catch (error) {
        if (!(error instanceof StreamError)) throw error;
        const fields = { error: error.message };
        if (limiter.admit(error.code) !== undefined) {
          logger.warn("cannot say that this process sends", fields);
        }
      }
      this.#taking.clear();
      // Those that others have are looked at by each lease itself.
      if (isFirst) { for (const { ownership } of this.#all) ownership.start(); }
      if (this.#share < before) onChange();
      await sleep(clock, RENEW_MS, signal);
    }
  }

  get #share(): number {
    return Math.ceil(this.#all.length / this.#senders.all.length);
  }

  #mayTake(partition: number): boolean {
    if (this.held.length + this.#taking.size >= this.#share) return false;
    this.#taking.add(partition);
    return true;
  }
}
