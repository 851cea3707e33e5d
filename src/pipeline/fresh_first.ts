import type { BatchId, CancelTimer, Clock, Logger, SendOrder } from "../contracts.ts";
import { BacklogAge, type TakenIn } from "../network/backlog_age.ts";
import { saysTooLate } from "../network/order_words.ts";
import type { SeenAttempt } from "../network/shard_context.ts";
import type { LaneSnapshot, OrderSnapshot } from "../stats/endpoint_snapshot.ts";
import type { LaneName, Lanes } from "./lanes.ts";
import type { ProbeResult } from "./order_probe.ts";
import { OrderProof } from "./order_proof.ts";

const LOOK_MS = 1_000;
/** What came in within the last looks is fresh when the lanes part. */
const FRESH_LOOKS = 2;
/** Where something came in within this time, more is to come: targets are scraped each minute at least. */
const SOON_MS = 60_000;
/** What waits is kept back while the endpoint is asked, and no longer than this. */
const HOLD_MS = 5_000;

/** The options that decide about the order. */
export interface OrderRules {
  readonly sendOrder: SendOrder;
  readonly freshFirstAfterMs: number;
}

/** What a {@link FreshFirst} works with. */
interface FreshFirstDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  /** They are replaced by others now and then. */
  readonly lanes: () => Lanes;
  readonly takenIn: () => TakenIn & { readonly sentNewestMs: number };
  /** Whether there may be two lanes at this moment. */
  readonly mayPart: () => boolean;
  /** Asks the endpoint: see `OrderProbe`. */
  readonly probe: (newestMs: number, lateByMs: number, signal: AbortSignal) => Promise<ProbeResult>;
  /** There is to be one lane again, in which all goes in order. */
  readonly onStrict: () => void;
}

/**
 * Decides when what is new goes first, and looks after that as long as it does: the
 * endpoint must have shown that it takes samples as late as those that are left behind.
 */
export class FreshFirst {
  readonly #of: FreshFirstDependencies;
  readonly #proof: OrderProof;
  readonly #age: Record<"backlog" | "fresh", BacklogAge>;
  #rules: OrderRules;
  #cancel: CancelTimer | undefined;
  /** The newest batch at each of the last looks. */
  #newestIds: BatchId[] = [];
  /** When a look saw that something had come in. */
  #cameMs = -Infinity;
  /** The oldest timestamp in the backlog's requests since the last look, or before it. */
  #oldestMs = Infinity;
  #nextOldestMs = Infinity;
  /** The endpoint has taken something since the last look. */
  #hasAnswered = false;
  #asking: AbortController | undefined;
  #isParting = false;
  #wasTwo = false;

  constructor(rules: OrderRules, dependencies: FreshFirstDependencies) {
    const { clock } = dependencies;
    this.#of = dependencies;
    this.#rules = rules;
    this.#proof = new OrderProof(clock);
    const startMs = clock.monotonicMs();
    this.#age = { backlog: new BacklogAge(startMs), fresh: new BacklogAge(startMs) };
  }

  /** Whether the lanes may ever be two. */
  get isWanted(): boolean {
    return this.#rules.sendOrder === "fresh_first";
  }

  /** Whether two lanes may stay two. */
  get mayGoOn(): boolean {
    return this.isWanted && this.#proof.covers(this.#neededMs ?? 0);
  }

  /** Whether the lanes may part as soon as the endpoint answers. */
  get isAbout(): boolean {
    if (!this.isWanted || this.#hasAnswered || this.#proof.refusal !== undefined) return false;
    return this.#isBehind && this.#of.mayPart();
  }

  start(): void {
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#asking?.abort();
  }

  /** By other rules from now on, and perhaps before another endpoint. */
  configure(rules: OrderRules): void {
    const isRunning = this.#cancel !== undefined;
    this.stop();
    this.#rules = rules;
    this.#proof.forget();
    if (isRunning) this.#arm();
  }

  /** The endpoint may have changed: it is asked again. */
  askAgain(): void {
    this.#proof.forgetRefusal();
  }

  /** Told of each attempt. */
  saw({ verdict, reason, oldestMs }: SeenAttempt, lane: LaneName): void {
    if (lane !== "fresh") this.#nextOldestMs = Math.min(this.#nextOldestMs, oldestMs);
    const isLate = reason !== undefined && saysTooLate(reason);
    if (lane === "backlog" && verdict.kind === "rejected" && isLate) {
      return this.#refused(reason, this.#neededMs ?? 0);
    }
    if (verdict.kind !== "delivered" || this.#hasAnswered) return;
    this.#hasAnswered = true;
    // The first answer after an outage: before the shards that wait for it send on.
    if (this.#cancel !== undefined) this.#decide();
  }

  snapshot(): OrderSnapshot {
    const { sendOrder } = this.#rules;
    const { split } = this.#of.lanes();
    return {
      sendOrder,
      orderRefusal: this.#proof.refusal,
      lanes: split === undefined ? undefined : {
        firstFreshId: split,
        fresh: this.#shown("fresh"),
        backlog: this.#shown("backlog"),
      },
    };
  }

  #shown(lane: "fresh" | "backlog"): LaneSnapshot {
    const { batches } = this.#of.lanes().pending(lane);
    return { pendingBatches: batches, oldestAgeMs: this.#ageMs(lane) };
  }

  #arm(): void {
    if (!this.isWanted) return;
    this.#cancel = this.#of.clock.after(LOOK_MS, () => {
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    const { clock, lanes, takenIn } = this.#of;
    const nowMs = clock.monotonicMs();
    const taken = takenIn();
    const isTwo = lanes().split !== undefined;
    if (this.#wasTwo && !isTwo) this.#proof.expire();
    this.#wasTwo = isTwo;
    this.#decide();
    this.#hasAnswered = false;
    if (this.#nextOldestMs < Infinity) this.#oldestMs = this.#nextOldestMs;
    this.#nextOldestMs = Infinity;
    if (taken.newestId > (this.#newestIds.at(-1) ?? 0)) this.#cameMs = nowMs;
    this.#newestIds.push(taken.newestId);
    if (this.#newestIds.length > FRESH_LOOKS) this.#newestIds.shift();
    for (const age of Object.values(this.#age)) age.look(nowMs, taken);
  }

  /** Whether there are to be two lanes, and where they part. */
  #decide(): void {
    const isTwo = this.#of.lanes().split !== undefined;
    if (this.#proof.refusal !== undefined && isTwo) return;
    if (!this.#of.mayPart()) return;
    const neededMs = this.#neededMs;
    if (isTwo && neededMs !== undefined) {
      if (!this.#proof.covers(neededMs)) return this.#unproven(neededMs);
      if (this.#proof.isScarce(neededMs)) void this.#ask(neededMs);
    }
    if (!this.#isBehind || !this.#hasAnswered || neededMs === undefined) return;
    if (this.#split === undefined) return;
    if (this.#proof.covers(neededMs)) void this.#part();
    else void this.#ask(neededMs, true);
  }

  /**
   * The first batch that is fresh at this moment: what came in since the look before the last
   * one is, or what comes next. Undefined while nothing comes in.
   */
  get #split(): BatchId | undefined {
    const { firstId, newestId } = this.#of.takenIn();
    if (firstId === 0) return undefined;
    const before = this.#newestIds.length < FRESH_LOOKS ? 0 : this.#newestIds[0]!;
    const split = Math.max(before + 1, firstId);
    const isSoon = this.#of.clock.monotonicMs() - this.#cameMs < SOON_MS;
    return newestId >= split || isSoon ? split : undefined;
  }

  async #part(): Promise<void> {
    const lanes = this.#of.lanes();
    const before = lanes.split;
    const split = this.#split;
    if (split === undefined || this.#isParting) return;
    this.#isParting = true;
    await lanes.part(split).finally(() => this.#isParting = false);
    const after = lanes.split;
    if (after === before || lanes !== this.#of.lanes()) return;
    this.#of.logger.info("what is new is sent first, and what waits behind it", {
      backlog_batches: lanes.pending("backlog").batches,
      proven_ms: this.#proof.provenMs,
    });
  }

  /** @param isToPart the lanes are to part if the answer is yes */
  async #ask(neededMs: number, isToPart: boolean = false): Promise<void> {
    if (this.#asking !== undefined || !this.#proof.mayAsk(neededMs)) return;
    const asking = new AbortController();
    this.#asking = asking;
    const { probe, takenIn, logger, mayPart } = this.#of;
    const lateByMs = this.#proof.toAsk(neededMs);
    const goOn = isToPart ? this.#hold() : () => {};
    try {
      const result = await probe(takenIn().sentNewestMs, lateByMs, asking.signal);
      if (asking.signal.aborted) return;
      if (result.kind === "refused") return this.#refused(result.words, neededMs);
      if (result.kind === "unknown") {
        this.#proof.unanswered();
        logger.info("the endpoint does not say whether it takes samples out of order", {
          error: result.words,
        });
        return;
      }
      this.#proof.shown(lateByMs);
      if (isToPart && mayPart()) await this.#part();
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
      goOn();
    }
  }

  /** Keeps back what waits: the endpoint would answer it first. Returns what lets it go on. */
  #hold(): () => void {
    const lanes = this.#of.lanes();
    if (lanes.split !== undefined) return () => {};
    const release = lanes.hold();
    const cancel = this.#of.clock.after(HOLD_MS, release);
    return () => {
      cancel();
      release();
    };
  }

  #refused(words: string, neededMs: number): void {
    // Several shards may hear it at once.
    if (this.#proof.refusal !== undefined) return;
    this.#proof.refused(words, neededMs);
    this.#of.logger.warn(
      "the endpoint does not take samples that are so late: what is pending is sent in strict order",
      { error: words, late_by_ms: Math.round(neededMs) },
    );
    this.#goStrict();
  }

  /** More has to be shown than the endpoint has, and it may not be able to. */
  #unproven(neededMs: number): void {
    this.#of.logger.info("the backlog is later than the endpoint is known to take: strict order", {
      late_by_ms: Math.round(neededMs),
      proven_ms: this.#proof.provenMs,
    });
    this.#goStrict();
  }

  #goStrict(): void {
    if (this.#of.lanes().split !== undefined) this.#of.onStrict();
  }

  /** How far the backlog's oldest samples are behind the newest that came in. */
  get #neededMs(): number | undefined {
    const { sentNewestMs, driftMs } = this.#of.takenIn();
    const oldestMs = Math.min(this.#oldestMs, this.#nextOldestMs);
    if (driftMs === undefined || oldestMs === Infinity) return undefined;
    return Math.max(0, sentNewestMs + driftMs - oldestMs);
  }

  /** What is to be sent next has waited for long. */
  get #isBehind(): boolean {
    const isTwo = this.#of.lanes().split !== undefined;
    return this.#ageMs(isTwo ? "fresh" : "backlog") >= this.#rules.freshFirstAfterMs;
  }

  #ageMs(lane: "fresh" | "backlog"): number {
    const { oldest } = this.#of.lanes().pending(lane);
    if (oldest === undefined) return 0;
    return this.#age[lane].ageMs(oldest, this.#of.clock.monotonicMs(), this.#of.takenIn());
  }
}
