import type { HttpAnswer } from "../../src/contracts.ts";
import { DOUBT_MS, TOLERANCE_MS } from "../../src/clock/endpoint_time.ts";
import type { VirtualClock } from "../../src/testing/memory.ts";
import { dated } from "../support/dated.ts";
import type { Dice } from "./dice.ts";

const HOUR_MS = 3_600_000;
/** A clock that is further ahead than this when the process starts is beyond what is promised. */
const AHEAD_AT_START_MS_MAX = DOUBT_MS - HOUR_MS;
const LEAPS_H = [-120, -30, -9, -2, -1, 1, 2, 9, 30, 120];

/** Who shows which time: endpoints the true one, if any; senders that or the host's; the host what it likes. */
export class Clocks {
  readonly #dice: Dice;
  readonly #time: VirtualClock;
  /** Senders on the host itself have its clock. */
  readonly #isLocal: boolean;
  /** Endpoints say what time it is in so many of their answers. */
  readonly #datesShare: number;

  /** The dice are its own: what they say changes no other move. */
  constructor(dice: Dice, time: VirtualClock) {
    this.#dice = dice;
    this.#time = time;
    this.#isLocal = dice.chance(0.3);
    this.#datesShare = dice.pick([1, 1, 1, 0.3, 0]);
  }

  /** What a sender takes for now. */
  senderMs(): number {
    return Math.floor(this.#isLocal ? this.#time.nowMs() : this.#time.trueMs());
  }

  /** The latest time that what is too old may be judged by. */
  judgedMsMax(): number {
    return this.#time.trueMs() + TOLERANCE_MS;
  }

  answer(answer: HttpAnswer): HttpAnswer {
    if (!this.#dice.chance(this.#datesShare)) return answer;
    return dated(answer, this.#time.trueMs());
  }

  /** Beside a move: what happens to the clocks, if anything. */
  step(): string | undefined {
    if (this.#dice.chance(0.04)) return this.#leap();
    if (this.#dice.chance(0.01)) return this.#sleep();
    return undefined;
  }

  /** The host's clock is set, by hours or days; or it is set right. */
  #leap(): string {
    const { aheadMs } = this.#time;
    this.#time.jump(this.#dice.chance(0.4) ? -aheadMs : this.#dice.pick(LEAPS_H) * HOUR_MS);
    return `the clock is ${this.#time.aheadMs / HOUR_MS} h ahead`;
  }

  /** The host starts: its clock may be another one then. */
  boot(): void {
    if (this.#dice.chance(0.3)) this.#leap();
    this.limit();
  }

  /** A process starts: its clock is not further ahead than is promised for a start. */
  limit(): void {
    const tooFarMs = this.#time.aheadMs - AHEAD_AT_START_MS_MAX;
    if (tooFarMs > 0) this.#time.jump(-tooFarMs - this.#dice.between(0, 20) * HOUR_MS);
  }

  /** The host sleeps: nothing goes on, and time passes. */
  #sleep(): string {
    this.#time.suspend(this.#dice.between(1, 600) * 60_000);
    return "the host has slept";
  }
}
