import type { Clock } from "../contracts.ts";
import { Waiters } from "../actor/waiters.ts";
import { Pace } from "./pace.ts";

/** Of requests that are "too many" for the endpoint the others leave it in peace for so long, and no longer. */
const THROTTLED_MS_MAX = 30_000;

/**
 * Who sends next where requests of two lanes go to one endpoint. Together they have as many
 * under way as the endpoint has shards, or two where that is one. The lane that is preferred
 * finds room for one at any time, and while one of it waits to leave, none of the other does.
 */
export class Turns {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #lanes = new Set<Turn>();
  readonly #waiters = new Waiters();
  #preferred: Turn | undefined;
  /** Each is one who wants that nothing leaves. */
  readonly #holds = new Set<symbol>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Another lane, with so many shards at this moment. */
  join(shards: () => number): Turn {
    const turn = new Turn(this, shards, this.#clock);
    this.#lanes.add(turn);
    return turn;
  }

  /** A lane that sends nothing any more. */
  leave(turn: Turn): void {
    this.#lanes.delete(turn);
    if (this.#preferred === turn) this.#preferred = undefined;
    this.changed();
  }

  prefer(turn: Turn): void {
    this.#preferred = turn;
    this.changed();
  }

  /** Nothing leaves until what this returns is called. */
  hold(): () => void {
    const hold = Symbol();
    this.#holds.add(hold);
    return () => {
      if (this.#holds.delete(hold)) this.changed();
    };
  }

  mayLeave(turn: Turn): boolean {
    if (this.#holds.size > 0) return false;
    if (this.#lanes.size < 2) return true;
    const room = Math.max(2, ...[...this.#lanes].map(({ shards }) => shards));
    const underWay = [...this.#lanes].reduce((sum, lane) => sum + lane.underWay, 0);
    if (underWay >= room) return false;
    if (turn === this.#preferred) return true;
    const most = Math.min(room - 1, turn.pace.requestsMax);
    return turn.underWay < most && !(this.#preferred?.isNext ?? false);
  }

  /** True when it may leave; false when the signal aborts first. */
  wait(turn: Turn, signal: AbortSignal): Promise<boolean> {
    return this.#waiters.until(() => this.mayLeave(turn), signal);
  }

  changed(): void {
    this.#waiters.changed();
  }
}

/** The turns of one lane. */
export class Turn {
  readonly #turns: Turns;
  readonly #shards: () => number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Shards with a request that is to leave. */
  readonly #wanting = new Set<number>();
  /** Shards whose request was one too many, and since when. */
  readonly #throttled = new Map<number, number>();
  /** How much of it may be under way while another lane is preferred. */
  readonly pace: Pace;
  #underWay = 0;

  constructor(turns: Turns, shards: () => number, clock: Pick<Clock, "monotonicMs">) {
    this.#turns = turns;
    this.#shards = shards;
    this.#clock = clock;
    this.pace = new Pace(clock);
  }

  get shards(): number {
    return this.#shards();
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** One of its requests is to leave before any of another lane. */
  get isNext(): boolean {
    if (this.#wanting.size > 0) return true;
    const nowMs = this.#clock.monotonicMs();
    return [...this.#throttled.values()].some((sinceMs) => nowMs - sinceMs < THROTTLED_MS_MAX);
  }

  /** Whether a shard's request may leave now; if not, it waits for that. */
  admits(shard: number): boolean {
    this.#wanting.add(shard);
    return this.#turns.mayLeave(this);
  }

  wait(signal: AbortSignal): Promise<boolean> {
    return this.#turns.wait(this, signal);
  }

  /** It has to wait for something else, and keeps nobody. */
  rests(shard: number): void {
    if (this.#wanting.delete(shard)) this.#turns.changed();
  }

  begins(shard: number): void {
    this.#wanting.delete(shard);
    this.#underWay++;
  }

  /** What the shard sends next may leave before any of another lane, until it has nothing or rests. */
  ends(shard: number, status: number | undefined): void {
    this.#underWay--;
    this.#wanting.add(shard);
    if (status !== 429) this.#throttled.delete(shard);
    else if (!this.#throttled.has(shard)) this.#throttled.set(shard, this.#clock.monotonicMs());
    this.#turns.changed();
  }

  /** The shard has nothing to send. */
  leaves(shard: number): void {
    this.#wanting.delete(shard);
    this.#throttled.delete(shard);
    this.#turns.changed();
  }
}
