import type { BatchId, BatchLane, BatchStore, Clock, LanePending } from "../contracts.ts";
import { Deadline } from "../actor/deadline.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { Shared } from "../network/manager.ts";
import type { SeenAttempt, ShardContext } from "../network/shard_context.ts";
import { type Turn, Turns } from "../network/turns.ts";

/** No endpoint has more shards: each lane has its own numbers for them. */
const SHARDS_APART = 1_000;

/** What is on its way in a lane that ends has so long for it, as what is new waits for that. */
const FINISH_MS = 2_500;

const NOTHING: LanePending = { batches: 0, oldest: undefined, newestTaken: undefined };

/** What the shards of one lane have beside what all have. */
type LaneContext = Pick<ShardContext, "turn" | "firstShard" | "pace" | "watch">;

/** What is told of a lane to who makes it, where there may be two; `shared` is of both. */
export interface MadeLane {
  readonly lane?: LaneContext;
  readonly shared?: Shared;
}

/** Which of the lanes: all that there is while there is one. */
export type LaneName = "all" | "fresh" | "backlog";

/** What {@link Lanes} are made of. */
export interface LanesContext {
  readonly store: BatchStore;
  readonly clock: Clock;
  readonly shards: number;
  /** Only batches with smaller ids are sent. */
  readonly below: BatchId;
  /** Makes what sends a lane. */
  readonly make: (
    lane: BatchLane,
    shards: number,
    more: MadeLane,
  ) => Endpoint;
  /** Where there may be two lanes. */
  readonly two?: {
    readonly shared: Shared;
    readonly watch: (seen: SeenAttempt, lane: LaneName) => void;
    /** There may be two as soon as the endpoint answers. */
    readonly isAbout: () => boolean;
    /** Begins with two: what has this id or a larger one is fresh. */
    readonly split: BatchId | undefined;
    /** A step between one lane and two has met a bug. */
    readonly onFailure: (error: unknown) => void;
  };
}

/** One lane, and what sends it. */
interface Lane {
  readonly from: BatchLane;
  readonly endpoint: Endpoint;
  readonly turn: Turn | undefined;
}

/**
 * What sends the batches of one endpoint, until it is replaced: one lane with all of them,
 * or two, of which the one has what came before a certain batch, and the other the rest.
 */
export class Lanes {
  readonly #context: LanesContext;
  readonly #turns: Turns;
  readonly #changes = new SerialExecutor();
  readonly #stopping = new AbortController();
  #split: BatchId | undefined;
  /** The first shard of the next lane. */
  #nextShard = 0;
  /** What was there first, while there are two. */
  #main: Lane;
  #fresh: Lane | undefined;
  #below: BatchId;
  /** When the endpoint took something last. */
  #deliveredMs = -Infinity;
  #wanted: number;
  #isStarted = false;
  #isDraining = false;

  constructor(context: LanesContext) {
    const { store, clock, below, shards, two } = context;
    this.#context = context;
    this.#turns = new Turns(clock);
    this.#below = below;
    this.#wanted = shards;
    this.#split = two?.split;
    store.giveBelow(this.#mainBelow);
    this.#main = this.#make(store);
    if (this.#split !== undefined) this.#fresh = this.#makeFresh(this.#split);
  }

  /** The first batch that is fresh; undefined while there is one lane. */
  get split(): BatchId | undefined {
    return this.#split;
  }

  /** Of a lane that there is now: in the backlog's place is all, while there is one. */
  pending(lane: "backlog" | "fresh"): LanePending {
    const { from } = (lane === "fresh" ? this.#fresh : this.#main) ?? {};
    return from?.pending ?? NOTHING;
  }

  get pendingSignals(): number {
    const { signals } = this.#context.store.totals();
    return signals - this.#all.reduce((sum, { endpoint }) => sum + endpoint.settledSignals, 0);
  }

  /** The number that is not as it is wanted yet, if there is one. */
  get shards(): number {
    const numbers = this.#all.map(({ endpoint }) => endpoint.shards);
    return numbers.find((shards) => shards !== this.#wanted) ?? numbers[0]!;
  }

  /** Of the lane that is behind, as long as more shards may do something for it. */
  get atHand(): BatchId | undefined {
    const fresh = this.#fresh?.endpoint;
    const isHeldBack = fresh !== undefined && this.#main.turn!.pace.requestsMax < fresh.shards;
    return (isHeldBack ? undefined : this.#main.endpoint.atHand) ?? fresh?.atHand;
  }

  /** Nothing more leaves until what this returns is called. */
  hold(): () => void {
    return this.#turns.hold();
  }

  reshard(shards: number): void {
    this.#wanted = shards;
    for (const { endpoint } of this.#all) endpoint.reshard(shards);
  }

  /** From this id on nothing is given any more. */
  giveBelow(id: BatchId): void {
    this.#below = id;
    this.#main.from.giveBelow(this.#mainBelow);
    this.#fresh?.from.giveBelow(id);
  }

  start(): void {
    this.#isStarted = true;
    for (const { endpoint } of this.#all) endpoint.start();
    if (this.#fresh !== undefined) this.#joinWhenThrough();
  }

  /** As that of an endpoint: true when all that may be given has its outcome, false when it was stopped. */
  async drained(): Promise<boolean> {
    this.#isDraining = true;
    for (;;) {
      await this.#changes.settled;
      const lanes = this.#all;
      const through = await Promise.all(lanes.map(({ endpoint }) => endpoint.drained()));
      if (this.#isStopped) return false;
      const isSame = lanes.length === this.#all.length &&
        lanes.every((lane, at) => lane === this.#all[at]);
      if (isSame) return through.every((isThrough) => isThrough);
    }
  }

  /** Takes nothing more; resolves when what was taken has its outcome, or the signal aborts. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.#changes.settled;
    await Promise.all(this.#all.map((lane) => this.#takeNoMore(lane, signal)));
  }

  /** Interrupts all at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#changes.settled;
    await Promise.all(this.#all.map(({ endpoint }) => endpoint.stop()));
  }

  /**
   * From now on, what has this id or a larger one is fresh and goes first. Where that was so of
   * smaller ones already, what waits of those goes behind the backlog, and what is on its way
   * comes to its end first, as long as that takes no more than {@link FINISH_MS}.
   */
  part(split: BatchId): Promise<void> {
    return this.#change(async () => {
      const { newestTaken = 0 } = (this.#fresh ?? this.#main).from.pending;
      const from = Math.max(split, newestTaken + 1);
      if (this.#split !== undefined && from <= this.#split) return;
      const before = this.#fresh;
      if (before !== undefined) {
        await this.#finish(before);
        await before.endpoint.stop();
        this.#leave(before);
        this.#fresh = undefined;
      }
      this.#split = from;
      this.#main.from.giveBelow(this.#mainBelow);
      if (this.#isStopped) return;
      this.#fresh = this.#makeFresh(from);
      if (this.#isStarted) this.#fresh.endpoint.start();
      if (this.#isDraining) void this.#fresh.endpoint.drained();
      if (before === undefined) this.#joinWhenThrough();
    });
  }

  /** It takes nothing more; what it has taken is sent, if that is possible soon. */
  async #finish(lane: Lane): Promise<void> {
    const deadline = new Deadline(this.#stopping.signal, FINISH_MS, this.#context.clock);
    await this.#takeNoMore(lane, deadline.signal);
    deadline.end();
  }

  async #takeNoMore({ from, endpoint }: Lane, signal: AbortSignal): Promise<void> {
    from.giveBelow((from.pending.newestTaken ?? 0) + 1);
    // Nor does it wait for more.
    void endpoint.drained();
    await from.through(signal);
  }

  #joinWhenThrough(): void {
    void this.#main.from.through(this.#stopping.signal).then((isThrough) => {
      if (isThrough) void this.#join();
    });
  }

  /** The backlog is through: what was fresh is all there is. */
  #join(): Promise<void> {
    return this.#change(async () => {
      const main = this.#main;
      const fresh = this.#fresh;
      if (fresh === undefined || this.#isStopped) return;
      // The fresh lane may have fallen behind meanwhile.
      if (main.from.pending.batches > 0) return this.#joinWhenThrough();
      this.#main = fresh;
      this.#fresh = undefined;
      this.#split = undefined;
      this.#leave(main);
      await main.endpoint.stop();
    });
  }

  #change(change: () => Promise<void>): Promise<void> {
    return this.#changes.run(async () => {
      if (!this.#isStopped) await change();
    }).catch((error) => this.#context.two?.onFailure(error));
  }

  get #all(): Lane[] {
    return this.#fresh === undefined ? [this.#main] : [this.#main, this.#fresh];
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #mainBelow(): BatchId {
    return Math.min(this.#below, this.#split ?? Infinity);
  }

  #makeFresh(split: BatchId): Lane {
    const from = this.#context.store.lane(split);
    from.giveBelow(this.#below);
    const lane = this.#make(from);
    this.#turns.prefer(lane.turn!);
    return lane;
  }

  #make(from: BatchLane): Lane {
    const { make, two, clock } = this.#context;
    if (two === undefined) return { from, endpoint: make(from, this.#wanted, {}), turn: undefined };
    const nameOf = (): LaneName => {
      if (lane === this.#fresh) return "fresh";
      return this.#fresh === undefined ? "all" : "backlog";
    };
    const turn: Turn = this.#turns.join(() => lane.endpoint.shards);
    const context: LaneContext = {
      turn,
      firstShard: this.#nextShard,
      pace: { fits: (bytes) => this.#hasTime(nameOf()) || turn.pace.fits(bytes) },
      watch: (seen) => {
        const name = nameOf();
        if (name !== "fresh") this.#learn(turn, seen, name === "backlog");
        if (seen.verdict.kind === "delivered") this.#deliveredMs = clock.monotonicMs();
        two.watch(seen, name);
      },
    };
    this.#nextShard += SHARDS_APART;
    const endpoint = make(from, this.#wanted, { lane: context, shared: two.shared });
    const lane: Lane = { from, endpoint, turn };
    return lane;
  }

  /** Nobody waits behind its requests. */
  #hasTime(name: LaneName): boolean {
    return name === "fresh" || (name === "all" && !this.#context.two!.isAbout());
  }

  #learn({ pace, underWay }: Turn, seen: SeenAttempt, isBacklog: boolean): void {
    const { verdict: { kind }, bytes, durationMs, startedMs, isLate } = seen;
    const isAnswered = kind === "delivered" || kind === "rejected";
    // While nothing else is taken either it is not for its size.
    const isSlow = isBacklog && isLate && this.#deliveredMs >= startedMs;
    // This one is over already.
    if (isAnswered || isSlow) pace.took(bytes, durationMs, underWay + 1);
    else if (kind === "retry") pace.unsure();
  }

  #leave({ turn }: Lane): void {
    if (turn !== undefined) this.#turns.leave(turn);
  }
}
