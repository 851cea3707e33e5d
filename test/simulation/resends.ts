import type { Dice } from "./dice.ts";

/** Schedules in which something is refused and sent again on purpose, and how often in one. */
const CHANCE = 0.5;
const CHANCE_A_MOVE = 0.08;

/** Whether it is time for it, by dice of its own: the seeds that find other faults stay what they are. */
export class Resends {
  readonly dice: Dice;
  readonly #isTried: boolean;

  constructor(dice: Dice) {
    this.dice = dice;
    this.#isTried = dice.chance(CHANCE);
  }

  isDue(): boolean {
    return this.#isTried && this.dice.chance(CHANCE_A_MOVE);
  }
}
