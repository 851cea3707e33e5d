import type { Dice } from "./dice.ts";

/** Schedules in which something is refused and sent again on purpose, and how often in one. */
const CHANCE = 0.5;
const CHANCE_A_MOVE = 0.08;
/** Schedules at whose end nobody is let in, until all is healed. */
const CHANCE_AT_END = 0.3;

/** Whether it is time for it, by dice of its own: the seeds that find other faults stay what they are. */
export class Resends {
  readonly dice: Dice;
  readonly #isTried: boolean;

  constructor(dice: Dice) {
    this.dice = dice;
    this.#isTried = dice.chance(CHANCE);
  }

  isShutAtEnd(): boolean {
    return this.dice.chance(CHANCE_AT_END);
  }

  isDue(): boolean {
    return this.#isTried && this.dice.chance(CHANCE_A_MOVE);
  }
}
