import type { CancelTimer, Clock, Logger } from "../contracts.ts";
import { Deadline } from "../actor/deadline.ts";
import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { messageOf, StreamError } from "../errors.ts";
import type { HeldPartition } from "./held_partition.ts";
import type { Leases } from "./leases.ts";
import type { JetStreamStore } from "./store.ts";

/** Leases come and go in numbers: what happens within this time is one change. */
const GATHER_MS = 50;
const RETRY_MS = 1_000;
/** What is on its way of a partition that is given up has so long for it. */
const FINISH_MS = 2_500;

/** A partition that the stores give, by the lease that it was attached with. */
interface Attached {
  readonly held: HeldPartition;
  readonly term: number;
}

/** What {@link Sending} works with. */
export interface SendingDependencies {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when the stores have these partitions, and know how far they have come there. */
  readonly onAttached: (held: readonly HeldPartition[]) => void;
  /** Does it while no endpoint comes or goes. */
  readonly alone: (change: () => Promise<void>) => Promise<void>;
  /** Nothing more is begun; resolves when what was has its outcome, or the signal aborts. */
  readonly finish: (signal: AbortSignal) => Promise<void>;
  /** While it is so nothing is sent, or taken from a store. Resolves when that is so. */
  readonly stand: (isStanding: boolean) => Promise<void>;
}

/**
 * Sees to it that the stores of a process give the batches of the partitions that are its
 * own, and of no others. When there are other ones, what is on its way comes to its end, all
 * stops, the stores are attached to what is held now, and goes on; only then what is to be
 * given up is.
 */
export class Sending {
  readonly #of: SendingDependencies;
  readonly #changes = new SerialExecutor();
  readonly #limiter: LogLimiter;
  readonly #stores = new Set<JetStreamStore>();
  /** Those that are to be attached anew, whatever is held. */
  readonly #stale = new Set<JetStreamStore>();
  #attached: readonly Attached[] = [];
  /** Of which lease of each it was said last that it is lost. */
  readonly #toldLost = new Map<HeldPartition, number>();
  #cancel: CancelTimer | undefined;
  readonly #stopping = new AbortController();

  constructor(dependencies: SendingDependencies) {
    this.#of = dependencies;
    this.#limiter = new LogLimiter(dependencies.clock);
  }

  /** What is to be asked in the moment before a request leaves. */
  get maySend(): boolean {
    return this.#attached.length > 0 && this.#attached.every(isStill);
  }

  /** The partitions that are sent at this moment. */
  get partitions(): readonly number[] {
    return this.#attached.map(({ held }) => held.partition);
  }

  /** A store that is to be fed from now on. */
  add(store: JetStreamStore): void {
    this.#stores.add(store);
    this.again(store);
  }

  /** A store that is closed. */
  remove(store: JetStreamStore): void {
    this.#stores.delete(store);
    this.#stale.delete(store);
  }

  /** What this store knows of the stream is not so any more. */
  again(store: JetStreamStore): void {
    this.#stale.add(store);
    this.changed();
  }

  /** Something is held, or is to be, that was not; or the other way. */
  changed(): void {
    this.#soon(GATHER_MS);
  }

  /** Nothing changes any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel?.();
    await this.#changes.settled;
  }

  #soon(delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#cancel ??= this.#of.clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.#changes.run(() => this.#of.alone(() => this.#change()));
    });
  }

  async #change(): Promise<void> {
    const { leases, logger } = this.#of;
    if (this.#stopping.signal.aborted) return;
    try {
      const wanted = leases.wanted;
      if (!this.#isAttached(wanted) || this.#stale.size > 0) await this.#attach(wanted);
      const over = leases.held.filter((one) => !wanted.includes(one));
      if (over.length > 0) await leases.release(over);
    } catch (error) {
      const isOfStream = error instanceof StreamError;
      const fields = { error: messageOf(error) };
      if (isOfStream) {
        const words = "cannot begin with partitions; trying again";
        if (this.#limiter.admit(error.code) !== undefined) logger.warn(words, fields);
      } else logger.error("beginning with partitions failed; trying again", fields);
      this.#soon(RETRY_MS);
    }
  }

  async #attach(wanted: readonly HeldPartition[]): Promise<void> {
    const { stand, logger } = this.#of;
    const isRegular = this.maySend;
    if (isRegular) await this.#finish();
    await stand(true);
    const isOther = !this.#isAttached(wanted);
    const stale = [...this.#stores].filter((store) => isOther || this.#stale.has(store));
    // Should one of them fail, all that are not through are to be attached the next time.
    for (const store of stale) this.#stale.add(store);
    for (const store of stale) {
      // What had its outcome until now is not to be sent again by the next one.
      if (isRegular) await store.keepDeleted();
      await store.detach();
    }
    this.#tellLost();
    this.#attached = wanted.map((held) => ({ held, term: held.ownership.term }));
    if (isOther) logger.info("partitions that are sent", { partitions: this.partitions.join(",") });
    if (wanted.length === 0) return;
    // Before one of them deletes anything.
    for (const store of this.#stores) store.claim(wanted);
    for (const store of stale) {
      // What is found meanwhile marks it again.
      this.#stale.delete(store);
      await store.attach(wanted).catch((error) => {
        this.#stale.add(store);
        throw error;
      });
    }
    this.#of.onAttached(wanted);
    await stand(false);
  }

  /** What is given up is held until it is: it is not among them. One line for those that have a reason in common. */
  #tellLost(): void {
    const isNews = ({ held, term }: Attached): boolean => this.#toldLost.get(held) !== term;
    const news = this.#attached.filter((one) => !isStill(one) && isNews(one));
    for (const { held, term } of news) this.#toldLost.set(held, term);
    const lost = news.map(({ held }) => held);
    const reasons = new Set(lost.map(({ ownership }) => ownership.whyLost));
    for (const reason of reasons) {
      const of = lost.filter(({ ownership }) => ownership.whyLost === reason);
      const partitions = of.map(({ partition }) => partition).join(",");
      const error = of.find(({ ownership }) => ownership.notRenewed)?.ownership.notRenewed;
      this.#of.logger.warn("partitions were lost", { partitions, reason, error });
    }
  }

  #isAttached(wanted: readonly HeldPartition[]): boolean {
    return wanted.length === this.#attached.length &&
      this.#attached.every((one, at) => one.held === wanted[at] && isStill(one));
  }

  async #finish(): Promise<void> {
    const deadline = new Deadline(this.#stopping.signal, FINISH_MS, this.#of.clock);
    await this.#of.finish(deadline.signal);
    deadline.end();
  }
}

/** It is held, by the lease of then: one that was lost and taken again may have been another's in between. */
function isStill({ held, term }: Attached): boolean {
  return held.ownership.isHeld && held.ownership.term === term;
}
