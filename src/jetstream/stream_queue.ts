import type {
  BatchId,
  BatchSink,
  CancelTimer,
  Clock,
  EndpointEvents,
  Logger,
  Random,
  StoreRules,
  StreamLog,
  StreamPart,
  StreamSeq,
  StreamSnapshot,
} from "../contracts.ts";
import { backoffMs } from "../actor/backoff.ts";
import type { HeldPartition } from "./held_partition.ts";
import { StreamIntake } from "./intake.ts";
import { IntakeStore } from "./intake_store.ts";
import { Leases } from "./leases.ts";
import { Sending, type SendingDependencies } from "./sending.ts";
import { JetStreamStore } from "./store.ts";
import { StreamSubjects } from "./subjects.ts";
import { Sweeper } from "./sweeper.ts";

/** Before stores are attached anew for the second time in a row, and at most. */
const BACK_PAUSE_MS = 1_000;
const BACK_PAUSE_MS_MAX = 30_000;

/** What a {@link StreamQueue} is made of. */
export interface StreamQueueOptions {
  readonly log: StreamLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  /** The name of the stream. */
  readonly stream: string;
  readonly partitions: number;
  /** Who this is: no two processes may have the same. */
  readonly owner: string;
  /** Whether this process sends what is in the stream, or brings it there alone. */
  readonly sends: boolean;
  readonly endpoints: StreamEndpoints;
}

/** Who is to get the batches of one endpoint. */
export interface StreamEndpoint {
  readonly endpoint: string;
  readonly logger: Logger;
  readonly events: EndpointEvents;
  readonly rules: StoreRules;
  readonly onQuarantined: (id: BatchId) => void;
}

/** Which endpoints there are, and for which of before nothing is kept any more. */
export interface StreamEndpoints {
  readonly names: readonly string[];
  readonly forgotten: readonly string[];
}

/** A queue whose batches are in a stream: what all its endpoints have together. */
export class StreamQueue {
  readonly #of: StreamQueueOptions;
  readonly #intake: StreamIntake;
  /** Where what comes in goes. */
  readonly sink: BatchSink;
  #leases: Leases | undefined;
  #sending: Sending | undefined;
  #sweeper: Sweeper | undefined;
  #endpoints: StreamEndpoints;
  #keptFor: ReadonlySet<string> = new Set();
  /** When servers were found the last time that had lost something, and how often before that in a row. */
  #backAtMs = -Infinity;
  #backs = 0;
  #cancelAgain: CancelTimer | undefined;
  /** Stores that were opened before anything is sent. */
  readonly #stores = new Map<JetStreamStore, StreamEndpoint>();

  constructor(options: StreamQueueOptions) {
    this.#of = options;
    this.#endpoints = options.endpoints;
    const { log, stream, random } = options;
    this.#intake = new StreamIntake(log, new StreamSubjects(stream), random);
    this.sink = new IntakeStore(this.#intake, (message) => {
      for (const { events } of this.#stores.values()) events.storeFailed(message);
    });
  }

  get partitions(): number {
    return this.#of.partitions;
  }

  /** The store of an endpoint: it takes batches, and gives none before this process may send. */
  open(endpoint: StreamEndpoint): JetStreamStore {
    const { log, clock, sends } = this.#of;
    const store: JetStreamStore = new JetStreamStore({
      ...endpoint,
      log,
      clock,
      sends,
      intake: this.#intake,
      onWentBack: (from) => this.#wentBack(from),
      onFoundBack: (from) => this.#foundBack(store, from),
      areOthersSure: () =>
        [...this.#stores.keys()].every((other) => other === store || other.wasSure),
      onClosed: () => this.#closed(store),
    });
    this.#stores.set(store, endpoint);
    this.#sending?.add(store);
    return store;
  }

  /** Begins to ask for partitions, if this process is to send. */
  start(pipelines: Pick<SendingDependencies, "alone" | "finish" | "stand">): void {
    const { sends, log, clock, logger, owner, partitions } = this.#of;
    if (!sends) return;
    const onChange = (): void => this.#sending?.changed();
    const leases = new Leases({ log, clock, logger, owner, partitions, onChange });
    this.#leases = leases;
    this.#sending = new Sending({
      ...pipelines,
      leases,
      clock,
      logger,
      onAttached: (held) => this.#forget(held),
    });
    for (const store of this.#stores.keys()) this.#sending.add(store);
    leases.start();
    const { subjects } = this.#intake;
    this.#sweeper = new Sweeper({ log, clock, logger, subjects, held: () => leases.held });
    this.#sweeper.start();
  }

  /** What is to be asked in the moment before a request leaves. */
  get maySend(): boolean {
    return this.#sending?.maySend ?? false;
  }

  /** What is known of it at this moment. */
  snapshot(): StreamSnapshot {
    const { stream, partitions, sends, owner } = this.#of;
    return {
      stream,
      partitions,
      sends,
      owner,
      sent: this.#sending?.partitions ?? [],
      senders: sends ? this.#leases?.senders ?? [] : [],
      notFollowed: [...this.#stores.keys()].map((store) => store.notFollowed).find((why) =>
        why !== undefined
      ),
      unowned: this.#leases?.unowned ?? 0,
      keptFor: [...this.#keptFor],
    };
  }

  /** What of it is this process's to send; undefined where all of it is. */
  get part(): StreamPart | undefined {
    const { stream, partitions, sent: { length: sent } } = this.snapshot();
    return sent === partitions ? undefined : { stream, sent, partitions };
  }

  /** From now on; see {@link StreamEndpoints}. */
  configure(endpoints: StreamEndpoints): void {
    this.#endpoints = endpoints;
    this.#forget(this.#leases?.held ?? []);
  }

  /** Nothing changes hands any more; stores are closed after it, while the leases last. */
  async endChanges(): Promise<void> {
    this.#cancelAgain?.();
    await this.#sending?.stop();
  }

  /** Gives the partitions up, and ends the connection. All stores are closed. */
  async close(): Promise<void> {
    await this.endChanges();
    await this.#sweeper?.stop();
    await this.#leases?.stop();
    await this.#of.log.close();
  }

  /** What is kept for an endpoint that there is not stays, and is reported, until somebody says that it may go. */
  #forget(held: readonly HeldPartition[]): void {
    const { names, forgotten } = this.#endpoints;
    const others = new Set<string>();
    for (const { ownership } of held) {
      for (const name of ownership.endpoints) {
        if (names.includes(name)) continue;
        if (forgotten.includes(name)) ownership.forget(name);
        else others.add(name);
      }
    }
    for (const name of others) {
      if (this.#keptFor.has(name)) continue;
      const words = "no endpoint has this name: the stream keeps what it has not had";
      this.#of.logger.warn(words, { endpoint: name });
    }
    this.#keptFor = others;
  }

  /**
   * One has found it out, which is so for all. Servers that do not agree on what they have say
   * it again and again: then there are pauses, as each time something is sent twice.
   */
  #wentBack(from: StreamSeq): void {
    const { clock } = this.#of;
    const nowMs = clock.monotonicMs();
    this.#backs = nowMs - this.#backAtMs > BACK_PAUSE_MS_MAX * 2 ? 0 : this.#backs + 1;
    this.#backAtMs = nowMs;
    for (const store of this.#stores.keys()) store.wentBack(from);
    const again = (): void => {
      for (const store of this.#stores.keys()) this.#sending?.again(store);
    };
    if (this.#backs === 0) return again();
    this.#cancelAgain?.();
    const pauseMs = backoffMs(this.#backs - 1, BACK_PAUSE_MS, BACK_PAUSE_MS_MAX);
    this.#cancelAgain = clock.after(pauseMs, again);
  }

  /** Those that were attached before know nothing of it, and would say that they are through. */
  #foundBack(by: JetStreamStore, from: StreamSeq): void {
    for (const store of this.#stores.keys()) {
      if (store === by) continue;
      store.wentBack(from);
      this.#sending?.again(store);
    }
  }

  #closed(store: JetStreamStore): void {
    this.#stores.delete(store);
    this.#sending?.remove(store);
  }
}
